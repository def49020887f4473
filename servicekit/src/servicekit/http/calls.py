"""One HTTP call to another system, whose answer is bounded in time and size.

Nothing that the other side sends costs more than `MOST_BYTES` of memory or lasts longer than the call's deadline:
answers are read piece by piece, compressed ones are refused, and redirects are not followed.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

import aiohttp

from servicekit.http.addresses import public_sockets_only

MOST_BYTES = 16 * 1024
"""The largest answer that is read; what services tell each other of one thing has about one KB."""
MOST_CONNECTIONS = 400
"""Many callers wait for the other side at the same time; none of them may wait for a free connection."""
KEEP_ALIVE_SECONDS = 4
"""Many servers close an idle connection after 5 seconds; none must be reused while the other side closes it."""


class NoAnswerError(Exception):
    """The other side gave no usable answer; the call may have had its effect or not."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The status and the whole body of an answer."""

    status: int
    body: bytes

    @property
    def is_success(self) -> bool:
        """Whether the status is 2xx."""
        return 200 <= self.status < 300


@asynccontextmanager
async def open_session(*, allow_private: bool) -> AsyncIterator[aiohttp.ClientSession]:
    """Opens a pool of connections; unless `allow_private`, it connects to public addresses only."""
    connector = aiohttp.TCPConnector(
        limit=MOST_CONNECTIONS,
        keepalive_timeout=KEEP_ALIVE_SECONDS,
        socket_factory=None if allow_private else public_sockets_only,
    )
    async with aiohttp.ClientSession(
        connector=connector,
        # No cookies of the other side, and no proxy of the environment.
        cookie_jar=aiohttp.DummyCookieJar(),
        trust_env=False,
        headers={"accept-encoding": "identity"},
        auto_decompress=False,
        timeout=aiohttp.ClientTimeout(total=None),
    ) as session:
        yield session


async def call(
    session: aiohttp.ClientSession,
    method: str,
    url: str,
    *,
    seconds: float,
    headers: Mapping[str, str],
    body: bytes | None = None,
    params: Mapping[str, str] | None = None,
) -> Answer:
    """Returns the answer, whatever its status; raises NoAnswerError without one, after `seconds` at the latest."""
    try:
        # One deadline for the whole call: a server that sends byte by byte could otherwise take for ever.
        async with (
            asyncio.timeout(seconds),
            session.request(method, url, data=body, params=params, headers=headers, allow_redirects=False) as answer,
        ):
            if answer.headers.get("content-encoding", "identity").lower() != "identity":
                raise NoAnswerError(f"{method} {url}: {answer.status}, compressed although that was not accepted")
            return Answer(answer.status, await _read(answer, f"{method} {url}: {answer.status}"))
    except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
        raise NoAnswerError(f"{method} {url}: {type(error).__name__}: {error}"[:300]) from error


async def _read(answer: aiohttp.ClientResponse, what: str) -> bytes:
    body = bytearray()
    async for piece in answer.content.iter_any():
        body += piece
        if len(body) > MOST_BYTES:
            # Leaving the block of the request closes the connection, since the rest was not read.
            raise NoAnswerError(f"{what}, longer than {MOST_BYTES} bytes")
    return bytes(body)
