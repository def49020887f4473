"""What can go wrong while seeding."""


class SeedError(Exception):
    """Something a person has to put right; the message is one plain sentence."""
