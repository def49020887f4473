"""Answers a repeated `Idempotency-Key` with the first answer (contracts, conventions of every HTTP interface)."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable

from aiohttp import web
from pydantic import BaseModel
from servicekit.db.idempotency import Attempt, request_hash
from servicekit.errors import WrongFieldError
from sqlalchemy.ext.asyncio import AsyncConnection

from payments.db.idempotency import ANSWERS
from payments.http.exchange import json
from payments.http.keys import caller_of, services_of

_HEADER = "Idempotency-Key"
_KEY = re.compile(r"[\x21-\x7e]{1,255}")


def has_key(request: web.Request) -> bool:
    """Whether the request has an `Idempotency-Key`, under which its answer has to be stored with its effect."""
    return _HEADER in request.headers


def _attempt(request: web.Request, body: BaseModel) -> Attempt | None:
    key = request.headers.get(_HEADER)
    if key is None:
        return None
    if not _KEY.fullmatch(key):
        raise WrongFieldError(_HEADER, "key_unusable", "1 to 255 visible ASCII characters are needed.")
    return Attempt(caller_of(request), key, request_hash(request.path, body))


async def create_once(
    request: web.Request, body: BaseModel, create: Callable[[AsyncConnection], Awaitable[tuple[int, object]]]
) -> web.Response:
    """Returns the answer of `create`; if the request's key was used before, returns the first answer instead."""
    answer = await ANSWERS.once(services_of(request).engine, _attempt(request, body), create)
    headers = {"Idempotent_Replay": "true"} if answer.is_replay else {}
    return json(answer.body, answer.status_code, **headers)
