"""Gives a whole exchange with another server one deadline.

A timeout of a socket limits each read separately, so a server that sends one byte a second would never time out.
Instead, every read and write of a connection gets the time that is left until the deadline of what is under way.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

CONNECT_SECONDS = 2.0
AFTERWORK_SECONDS = 0.3
"""What a request keeps for storing an answer of another service, after the deadline of the call."""
_ends_at: ContextVar[float | None] = ContextVar("deadline", default=None)
_request_ends_at: ContextVar[float | None] = ContextVar("deadline of the request", default=None)


@contextmanager
def request_within(seconds: float) -> Iterator[None]:
    """Sets the deadline of a whole request. Calls of other services end a little earlier."""
    token = _request_ends_at.set(time.monotonic() + seconds)
    try:
        with within(seconds - AFTERWORK_SECONDS):
            yield
    finally:
        _request_ends_at.reset(token)


def seconds_left_of_request() -> float | None:
    """Returns the seconds until the request's deadline: None outside a request, 0 or less after it."""
    ends_at = _request_ends_at.get()
    return None if ends_at is None else ends_at - time.monotonic()


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Sets the deadline for everything inside. A nested call never extends the deadline of the outer one."""
    ends_at, outer = time.monotonic() + seconds, _ends_at.get()
    token = _ends_at.set(ends_at if outer is None else min(outer, ends_at))
    try:
        yield
    finally:
        _ends_at.reset(token)


def seconds_left() -> float | None:
    """Returns the seconds until the deadline: None without a deadline, 0 or less after it."""
    ends_at = _ends_at.get()
    return None if ends_at is None else ends_at - time.monotonic()


def limited(timeout: float | None, over: type[Exception]) -> float | None:
    """Returns the shorter of `timeout` and the seconds left. Raises `over` after the deadline."""
    left = seconds_left()
    if left is None:
        return timeout
    if left <= 0:
        raise over("the deadline is over")
    return left if timeout is None else min(timeout, left)
