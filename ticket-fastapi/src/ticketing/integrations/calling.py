"""One HTTP call to another service, with a deadline for the whole call and the ids of the current request."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from math import inf

import httpx
from servicekit.tracing import current_trace

_limit: ContextVar[float] = ContextVar("call_limit", default=inf)


class UnreachableError(Exception):
    """The other service gave no usable answer; the call may have had its effect or not."""


@contextmanager
def calls_limited_to(seconds: float) -> Iterator[None]:
    """Limits the calls that start inside the block to `seconds`, because our own caller waits for an answer."""
    token = _limit.set(seconds)
    try:
        yield
    finally:
        _limit.reset(token)


async def call(
    http: httpx.AsyncClient,
    method: str,
    url: str,
    *,
    key: str,
    seconds: float,
    json: dict[str, object] | None = None,
    params: dict[str, str] | None = None,
) -> httpx.Response:
    """Returns an answer with a status below 500; raises UnreachableError otherwise, after `seconds` at the latest."""
    seconds = min(seconds, _limit.get())
    headers = {"authorization": f"Bearer {key}", **current_trace().headers()}
    try:
        # The timeouts of httpx apply to each read, so a server that sends byte by byte could take for ever.
        async with asyncio.timeout(seconds):
            answer = await http.request(method, url, json=json, params=params, headers=headers, timeout=seconds)
    except (TimeoutError, httpx.HTTPError, httpx.InvalidURL) as error:
        raise UnreachableError(f"{method} {url}: {type(error).__name__}") from error
    if answer.status_code >= 500:
        raise UnreachableError(f"{method} {url}: {answer.status_code}")
    return answer


def problem_slug(answer: httpx.Response) -> str:
    """Returns the `type` of a problem document; an empty text if the answer is no problem document."""
    try:
        slug = answer.json()["type"]
    except (ValueError, KeyError, TypeError):
        return ""
    return slug if isinstance(slug, str) else ""
