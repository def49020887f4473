"""Sends webhooks as Standard Webhooks describes (contracts/README.md, Webhooks)."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from time import perf_counter

import aiohttp

from servicekit.delivery import AttemptOutcome
from servicekit.signatures import signed_headers
from servicekit.tracing import current_trace

TIMEOUT_SECONDS = 15
ERROR_LENGTH = 300
"""How much of a refusal's body or of an error's text is stored."""


@dataclass(frozen=True, slots=True)
class Receiver:
    """Where webhooks are sent to, and the secret that they are signed with."""

    url: str
    secret: str


@dataclass(frozen=True, slots=True)
class Reply:
    """The outcome of a request, and the beginning of the answer's body: as many bytes as were wanted, and one more."""

    outcome: AttemptOutcome
    body: bytes = b""


async def send(session: aiohttp.ClientSession, receiver: Receiver, message_id: str, body: str) -> AttemptOutcome:
    """Makes one attempt with a fresh signature; a failure is returned as an outcome, never raised.

    The status alone is the receiver's answer: the body is read only to store the beginning of a refusal.
    `message_id` and `body` are the same at every attempt.
    """
    return (await post(session, receiver, message_id, body, wanted_bytes=0)).outcome


async def post(
    session: aiohttp.ClientSession, receiver: Receiver, message_id: str, body: str, *, wanted_bytes: int
) -> Reply:
    """Sends `body`, signed now, and returns the reply; reads `wanted_bytes` of a success and one more, if it has them.

    A failure is returned as an outcome, never raised.
    """
    headers = {**signed_headers(receiver.secret, message_id, body, datetime.now(UTC)), **current_trace().headers()}
    started = perf_counter()
    status_code, error, answered = None, None, b""
    try:
        async with (
            asyncio.timeout(TIMEOUT_SECONDS),
            # A redirect does not prove that the receiver has read the event.
            session.post(receiver.url, data=body.encode(), headers=headers, allow_redirects=False) as answer,
        ):
            if 200 <= answer.status < 300:
                answered = await _read(answer, wanted_bytes + 1) if wanted_bytes else b""
            else:
                error = (await answer.content.read(ERROR_LENGTH)).decode("utf-8", "replace").replace("\x00", "")
            status_code = answer.status
    except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as failure:
        error = f"{type(failure).__name__}: {failure}"[:ERROR_LENGTH].replace("\x00", "")
    return Reply(AttemptOutcome(status_code, round((perf_counter() - started) * 1000), error), answered)


async def _read(answer: aiohttp.ClientResponse, most: int) -> bytes:
    body = bytearray()
    while len(body) < most and (piece := await answer.content.read(most - len(body))):
        body += piece
    return bytes(body)
