"""Answers remembered under an `Idempotency-Key`, in the transaction that they answer for (contracts, conventions)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from payments.db.tables import idempotency_keys as keys
from payments.domain.errors import KeyReusedError, StillRunningError

REMEMBERED = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Attempt:
    """One request that carries a key: `caller` is the service key's name, `request_hash` covers path and body."""

    caller: str
    key: str
    request_hash: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered the first time."""

    status_code: int
    body: Any


async def earlier_answer(connection: AsyncConnection, attempt: Attempt) -> Answer | None:
    """The first answer to this request; None when this is the first: no other gets here until the transaction ends.

    KeyReusedError when the key belongs to another request, StillRunningError when the first one runs right now.
    """
    # The lock goes with the transaction, so a crash leaves no key behind that would seem to run forever.
    lock = sa.func.pg_try_advisory_xact_lock(sa.func.hashtextextended(f"{attempt.caller}\n{attempt.key}", 0))
    if not (await connection.execute(sa.select(lock))).scalar_one():
        raise StillRunningError("The first request with this Idempotency-Key is still running.")
    query = sa.select(keys.c.request_hash, keys.c.status_code, keys.c.body).where(
        keys.c.caller == attempt.caller,
        keys.c.key == attempt.key,
        keys.c.created_at > sa.func.now() - REMEMBERED,
    )
    row = (await connection.execute(query)).one_or_none()
    if row is None:
        return None
    if row.request_hash != attempt.request_hash:
        raise KeyReusedError("This Idempotency-Key was used for another request.")
    return Answer(row.status_code, row.body)


async def remember_answer(connection: AsyncConnection, attempt: Attempt, answer: Answer) -> None:
    """Keep the answer for the next time; it replaces one that is older than a day."""
    values = {"request_hash": attempt.request_hash, "status_code": answer.status_code, "body": answer.body}
    statement = insert(keys).values(caller=attempt.caller, key=attempt.key, **values)
    await connection.execute(
        statement.on_conflict_do_update(index_elements=["caller", "key"], set_={**values, "created_at": sa.func.now()})
    )


async def forget_old_answers(connection: AsyncConnection) -> int:
    """Remove what need not be remembered any more; answers how many."""
    result = await connection.execute(sa.delete(keys).where(keys.c.created_at < sa.func.now() - REMEMBERED))
    return result.rowcount
