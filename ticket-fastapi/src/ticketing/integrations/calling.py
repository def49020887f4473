"""One call to another service, with the key of this service and the ids of the current request."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from math import inf

import aiohttp
from pydantic_core import from_json
from servicekit.http import calls
from servicekit.http.calls import Answer, NoAnswerError
from servicekit.tracing import current_trace

_limit: ContextVar[float] = ContextVar("call_limit", default=inf)


class UnreachableError(Exception):
    """The other service gave no usable answer; the call may have had its effect or not."""


@contextmanager
def calls_limited_to(seconds: float) -> Iterator[None]:
    """Limits the calls that start inside the block to `seconds`, because our own caller waits for an answer."""
    token = _limit.set(min(seconds, _limit.get()))
    try:
        yield
    finally:
        _limit.reset(token)


async def call(
    http: aiohttp.ClientSession,
    method: str,
    url: str,
    *,
    key: str,
    seconds: float,
    body: bytes | None = None,
    params: dict[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Answer:
    """Returns an answer with a status below 500; raises UnreachableError otherwise, after `seconds` at the latest.

    `body` is JSON.
    """
    sent = {"authorization": f"Bearer {key}", **current_trace().headers(), **(headers or {})}
    if body:
        sent["content-type"] = "application/json"
    try:
        answer = await calls.call(
            http, method, url, seconds=min(seconds, _limit.get()), headers=sent, body=body, params=params
        )
    except NoAnswerError as error:
        raise UnreachableError(str(error)) from error
    if answer.status >= 500:
        raise UnreachableError(f"{method} {url}: {answer.status}")
    return answer


def problem_slug(answer: Answer) -> str:
    """Returns the `type` of a problem document; an empty text if the answer is no problem document."""
    try:
        slug = from_json(answer.body)["type"]
    except (ValueError, KeyError, TypeError):
        return ""
    return slug if isinstance(slug, str) else ""
