"""Exchanges HTTP requests over connections that are kept open, each exchange within the deadline of what is under way.

Every read and write gets the time that is left until the deadline (`client.outgoing.deadline`), so that a server that
sends one byte a second ends no later than one that sends nothing.
"""

import time
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from http.client import HTTPException, HTTPResponse
from urllib.parse import SplitResult, urlsplit

from client.concurrency.readable import has_something_to_read
from client.outgoing.answers import read_whole
from client.outgoing.connection import Connection

INFORMATIONAL = 200
"""Answers below this status are not answers to the request."""


class NoAnswerError(Exception):
    """The server did not answer in time, or cannot be reached. It may have received the request."""


class BrokenConnectionError(NoAnswerError):
    """The connection broke before the whole answer was there, or nobody can tell, or what came is not HTTP."""


class UnusableAddressError(Exception):
    """The address or a header has characters that HTTP does not allow there."""


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    content_type: str
    content: bytes
    etag: str = ""

    @property
    def is_success(self) -> bool:
        return 200 <= self.status < 300


class Connections:
    """Connections to one server, which are kept open between exchanges."""

    def __init__(self, address: str, *, kept: int = 50, kept_seconds: float = 3.0) -> None:
        """`address` is the server's URL. An idle connection is not used again after `kept_seconds`, which are less than
        the server waits before it closes one. The callers bound how many connections there are.
        """
        self._url: SplitResult = urlsplit(address)
        self._kept, self._kept_seconds = kept, kept_seconds
        self._idle: deque[Connection] = deque()

    def exchange(
        self, method: str, target: str, *, headers: Mapping[str, str], body: bytes | None, most_bytes: int
    ) -> Answer:
        """Sends a request and returns the whole answer, of at most `most_bytes`; `target` is its path with its query.

        The request is sent once: again only if a kept connection refuses to take it, so that the server cannot have it.
        Raises NoAnswerError, and UnusableAnswerError for an answer that is too long or compressed.
        """
        request = _request(method, target, {"Host": self._url.netloc.rpartition("@")[2], **headers}, body)
        connection = self._send(request)
        with _closing_on_failure(connection):
            answer, can_be_kept = _receive(connection, method, most_bytes)
        if can_be_kept and len(self._idle) < self._kept:
            self._keep(connection)
        else:
            connection.close()
        return answer

    def _send(self, request: bytes) -> Connection:
        while (kept := self._take()) is not None:
            with suppress(BrokenConnectionError), _closing_on_failure(kept):
                kept.sendall(request)
                return kept
        try:
            opened = Connection.open(self._url)
        except OSError as error:
            raise NoAnswerError(repr(error)) from error
        with _closing_on_failure(opened):
            opened.sendall(request)
        return opened

    def _keep(self, connection: Connection) -> None:
        """Keeps the connection, and closes those that were kept for too long."""
        connection.idle_since = time.monotonic()
        self._idle.append(connection)
        # Other threads take connections meanwhile.
        with suppress(IndexError):
            while self._idle[0].idle_since < connection.idle_since - self._kept_seconds:
                self._idle.popleft().close()

    def _take(self) -> Connection | None:
        """Returns the connection that was used last, if there is one that can be used."""
        oldest = time.monotonic() - self._kept_seconds
        while True:
            try:
                found = self._idle.pop()
            except IndexError:
                return None
            # A server sends nothing but the end to a connection that is idle.
            if found.idle_since >= oldest and not has_something_to_read(found.fileno()):
                return found
            found.close()


@cache
def connections_to(origin: str) -> Connections:
    """Returns this process's connections to the server of `origin`, a URL without a path."""
    return Connections(origin, kept=5)


def _receive(connection: Connection, method: str, most_bytes: int) -> tuple[Answer, bool]:
    """Returns the answer, and whether the connection can be used again."""
    response = HTTPResponse(connection, method=method)  # type: ignore[arg-type]
    with response:
        response.begin()
        if response.status < INFORMATIONAL:
            raise HTTPException(f"status {response.status} instead of an answer")
        if response.length is None and not response.chunked:
            # Its end would be that of the connection, which may have broken within the header.
            raise HTTPException("an answer that does not say where it ends")
        content = read_whole(response, most_bytes=most_bytes)
        can_be_kept = not response.will_close
    headers = response.headers
    return Answer(response.status, headers.get("content-type", ""), content, headers.get("etag", "")), can_be_kept


def _request(method: str, target: str, headers: Mapping[str, str], body: bytes | None) -> bytes:
    """Returns the request's bytes. Raises UnusableAddressError."""
    lines = [f"{method} {target} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    if body is not None or method not in ("GET", "DELETE"):
        lines.append(f"Content-Length: {len(body or b'')}")
    if " " in target or not all(line.isascii() and line.isprintable() for line in lines):
        raise UnusableAddressError(target)
    return "\r\n".join([*lines, "", ""]).encode() + (body or b"")


@contextmanager
def _closing_on_failure(connection: Connection) -> Iterator[None]:
    """Closes the connection if the block fails, and turns failures of socket and parser into errors of this module."""
    try:
        yield
    except TimeoutError as error:
        connection.close()
        raise NoAnswerError(repr(error)) from error
    except (OSError, HTTPException) as error:
        connection.close()
        raise BrokenConnectionError(repr(error)) from error
    except BaseException:
        connection.close()
        raise
