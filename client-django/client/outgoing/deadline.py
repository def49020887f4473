"""Gives a whole HTTP exchange one deadline.

httpx limits each read separately, so a server that sends one byte a second would never time out. Here, every read and
write of a connection gets the time that is left until the deadline of what is under way.
"""

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from ssl import SSLContext
from typing import Any

import httpcore
import httpx

from client.concurrency.readable import has_something_to_read

CONNECT_SECONDS = 2.0
PIECE = 16 * 1024
"""Bodies are written in pieces of this size, so that the deadline also ends a slow write."""
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


@cache
def _tls() -> SSLContext:
    """Returns the TLS settings, made once: reading the certificates takes longer than many calls."""
    return httpx.create_ssl_context()


class DeadlineTransport(httpx.HTTPTransport):
    """httpx's transport, with connections that keep the deadline."""

    def __init__(self, *, limits: httpx.Limits) -> None:
        super().__init__(verify=_tls(), limits=limits)
        self._pool = httpcore.ConnectionPool(
            ssl_context=_tls(),
            max_connections=limits.max_connections,
            max_keepalive_connections=limits.max_keepalive_connections,
            keepalive_expiry=limits.keepalive_expiry,
            network_backend=_Backend(),
        )


class _Backend(httpcore.NetworkBackend):
    def __init__(self) -> None:
        self._backend = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        limit = limited(timeout, httpcore.ConnectTimeout)
        return _Stream(self._backend.connect_tcp(host, port, limit, local_address, socket_options))


class _Stream(httpcore.NetworkStream):
    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self._stream = stream

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, limited(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        for start in range(0, len(buffer), PIECE):
            self._stream.write(buffer[start : start + PIECE], limited(timeout, httpcore.WriteTimeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        limit = limited(timeout, httpcore.ConnectTimeout)
        return _Stream(self._stream.start_tls(ssl_context, server_hostname, limit))

    def get_extra_info(self, info: str) -> Any:
        if info == "is_readable":
            # The pool asks this of every idle connection before each call.
            return has_something_to_read(self._stream.get_extra_info("socket").fileno())
        return self._stream.get_extra_info(info)
