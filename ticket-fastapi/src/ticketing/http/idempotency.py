"""POSTs that create answer a repeat with what was answered first (contracts, conventions of every HTTP interface)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import Header, Request, Response
from pydantic import BaseModel
from pydantic_core import from_json, to_json
from servicekit.db.idempotency import Answer, Attempt, request_hash
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ticketing.db.idempotency import ANSWERS
from ticketing.http.authentication import Caller
from ticketing.http.responses import JsonResponse

IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=255,
        pattern=r"^[\x21-\x7e]+$",
        description="A repeat with the same key and body is answered as the first time; remembered for 24 hours",
    ),
]


async def create_once(
    engine: AsyncEngine,
    request: Request,
    caller: Caller,
    key: str | None,
    body: BaseModel,
    create: Callable[[AsyncConnection], Awaitable[object]],
) -> Response:
    """201 with what `create` makes in one transaction; or, for a key that was used, the first answer again.

    Only what was created is remembered: a refusal changed nothing, and the same request may succeed later.
    """
    attempt = Attempt(caller.name, key, request_hash(request.url.path, body)) if key else None
    async with engine.begin() as connection:
        if attempt and (earlier := await ANSWERS.earlier(connection, attempt)):
            return JsonResponse(earlier.body, earlier.status_code, {"idempotent-replay": "true"})
        answer = to_json(await create(connection))
        if attempt:
            await ANSWERS.remember(connection, attempt, Answer(201, from_json(answer)))
    return JsonResponse(answer, 201)
