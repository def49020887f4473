"""What ends a demo with one plain sentence."""


class DemoFailure(Exception):
    """The demo cannot go on; the message says why, and what to do about it."""
