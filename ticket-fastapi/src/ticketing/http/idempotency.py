"""Requests with an `Idempotency-Key`: a repeat gets the first answer (contracts/README.md, conventions)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import Header, Request, Response
from pydantic import BaseModel
from servicekit.db.idempotency import Attempt, request_hash
from servicekit.versions import entity_tag
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
        description="A repeat with the same key and body gets the first answer again, for 24 hours.",
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
    """Answers 201 with what `create` makes in one transaction; a repeat of the key gets the first answer again.

    What has a version gets it as its entity tag.
    """

    async def make(connection: AsyncConnection) -> tuple[int, object]:
        return 201, await create(connection)

    attempt = Attempt(caller.name, key, request_hash(request.url.path, body)) if key else None
    answer = await ANSWERS.once(engine, attempt, make)
    headers = {"idempotent-replay": "true"} if answer.is_replay else {}
    if "version" in answer.body:
        headers["etag"] = entity_tag(answer.body["version"])
    return JsonResponse(answer.body, answer.status_code, headers)
