"""One HTTP call to another service, with a deadline for the whole of it and the ids of the request that runs now."""

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
    """No usable answer; the call may or may not have had its effect."""


@contextmanager
def calls_limited_to(seconds: float) -> Iterator[None]:
    """No call that begins inside waits longer than this, whatever its own timeout: somebody waits for us too."""
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
    """The answer, whatever its status below 500; UnreachableError otherwise, after `seconds` at the latest."""
    seconds = min(seconds, _limit.get())
    headers = {"authorization": f"Bearer {key}", **current_trace().headers()}
    try:
        # httpx counts each phase of its own; a server that drips bytes must not hold the caller for longer than it
        # has time.
        async with asyncio.timeout(seconds):
            answer = await http.request(method, url, json=json, params=params, headers=headers, timeout=seconds)
    except (TimeoutError, httpx.HTTPError, httpx.InvalidURL) as error:
        raise UnreachableError(f"{method} {url}: {type(error).__name__}") from error
    if answer.status_code >= 500:
        raise UnreachableError(f"{method} {url}: {answer.status_code}")
    return answer


def problem_slug(answer: httpx.Response) -> str:
    """The `type` of a problem document, empty when it is none."""
    try:
        slug = answer.json()["type"]
    except (ValueError, KeyError, TypeError):
        return ""
    return slug if isinstance(slug, str) else ""
