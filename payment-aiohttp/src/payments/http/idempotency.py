"""POSTs that create answer a repeat with what was answered first (contracts, conventions of every HTTP interface)."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable

from aiohttp import web
from pydantic import BaseModel
from pydantic_core import from_json, to_json
from servicekit.db.idempotency import Answer, Attempt, request_hash
from servicekit.errors import WrongFieldError
from sqlalchemy.ext.asyncio import AsyncConnection

from payments.db.idempotency import ANSWERS
from payments.http.exchange import json
from payments.http.keys import caller_of, services_of

_KEY = re.compile(r"[\x21-\x7e]{1,255}")


def _attempt(request: web.Request, body: BaseModel) -> Attempt | None:
    key = request.headers.get("Idempotency-Key")
    if key is None:
        return None
    if not _KEY.fullmatch(key):
        raise WrongFieldError("Idempotency-Key", "key_unusable", "1 to 255 visible ASCII characters are needed.")
    return Attempt(caller_of(request), key, request_hash(request.path, body))


async def create_once(
    request: web.Request, body: BaseModel, create: Callable[[AsyncConnection], Awaitable[tuple[int, object]]]
) -> web.Response:
    """The status and answer of `create`, which works in one transaction; for a key that was used, the first ones again.

    A refusal is not remembered: it changed nothing, and the same request may succeed later.
    """
    attempt = _attempt(request, body)
    async with services_of(request).engine.begin() as connection:
        if attempt and (earlier := await ANSWERS.earlier(connection, attempt)):
            return json(earlier.body, earlier.status_code, Idempotent_Replay="true")
        status, answer = await create(connection)
        if attempt:
            await ANSWERS.remember(connection, attempt, Answer(status, from_json(to_json(answer))))
    return json(answer, status)
