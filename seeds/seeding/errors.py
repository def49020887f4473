"""Errors of seeding."""


class SeedError(Exception):
    """A person must correct something; the message is one sentence."""
