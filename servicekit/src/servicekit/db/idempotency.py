"""Answers stored under an `Idempotency-Key`, in the transaction of the request (contracts, conventions)."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from pydantic import BaseModel
from pydantic_core import from_json, to_json
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from servicekit.db.retention import delete_batch
from servicekit.errors import KeyReusedError, StillRunningError

REMEMBERED = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Attempt:
    """A request with an `Idempotency-Key`; `caller` is its service key's name, `request_hash` covers path and body."""

    caller: str
    key: str
    request_hash: str


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to the first request; `is_replay` if it was read from the store."""

    status_code: int
    body: Any
    is_replay: bool = False


def request_hash(path: str, body: BaseModel, *, without: set[str] | None = None) -> str:
    """Returns a hash of path and parsed body, which a repeat must share with the first request.

    `without` names fields in which a repeat may differ.
    """
    return hashlib.sha256(f"{path}\n{body.model_dump_json(exclude=without)}".encode()).hexdigest()


class RememberedAnswers:
    """The stored answers, in the table `keys` of the service.

    Its columns are caller and key (the primary key), request_hash, status_code, body and created_at.
    """

    def __init__(self, keys: sa.Table) -> None:
        self._keys = keys

    async def once(
        self,
        engine: AsyncEngine,
        attempt: Attempt | None,
        create: Callable[[AsyncConnection], Awaitable[tuple[int, object]]],
    ) -> Answer:
        """Runs `create` in a transaction and returns its answer; for a used key, returns the first answer instead.

        `attempt` is None for a request without a key. A refusal is not stored: it has changed nothing, and the same
        request may succeed later.
        """
        async with engine.begin() as connection:
            if attempt and (earlier := await self.earlier(connection, attempt)):
                return earlier
            status, made = await create(connection)
            answer = Answer(status, from_json(to_json(made)))
            if attempt:
                await self.remember(connection, attempt, answer)
        return answer

    async def earlier(self, connection: AsyncConnection, attempt: Attempt) -> Answer | None:
        """Returns the stored answer; None for the first request, which locks its key until the transaction ends.

        Raises KeyReusedError if the key belongs to another request, StillRunningError if the first one is running.
        """
        keys = self._keys.c
        # The lock ends with the transaction, so a crash leaves no key that seems to be in use for ever.
        lock = sa.func.pg_try_advisory_xact_lock(sa.func.hashtextextended(f"{attempt.caller}\n{attempt.key}", 0))
        if not (await connection.execute(sa.select(lock))).scalar_one():
            raise StillRunningError("The first request with this Idempotency-Key is still running.")
        query = sa.select(keys.request_hash, keys.status_code, keys.body).where(
            keys.caller == attempt.caller,
            keys.key == attempt.key,
            keys.created_at > sa.func.now() - REMEMBERED,
        )
        row = (await connection.execute(query)).one_or_none()
        if row is None:
            return None
        if row.request_hash != attempt.request_hash:
            raise KeyReusedError("This Idempotency-Key was used for another request.")
        return Answer(row.status_code, row.body, is_replay=True)

    async def remember(self, connection: AsyncConnection, attempt: Attempt, answer: Answer) -> None:
        """Stores the answer; it replaces one that is older than a day."""
        values = {"request_hash": attempt.request_hash, "status_code": answer.status_code, "body": answer.body}
        statement = insert(self._keys).values(caller=attempt.caller, key=attempt.key, **values)
        again = {**values, "created_at": sa.func.now()}
        await connection.execute(statement.on_conflict_do_update(index_elements=["caller", "key"], set_=again))

    async def delete_old(self, connection: AsyncConnection) -> int:
        """Deletes answers that are older than a day, at most `BATCH`; returns how many."""
        return await delete_batch(connection, self._keys, self._keys.c.created_at < sa.func.now() - REMEMBERED)
