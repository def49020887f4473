"""The outbox: webhook events that are stored in the transaction of their change, and the attempts to deliver them."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import timedelta
from operator import itemgetter
from typing import Any, Generic, TypeVar
from uuid import UUID, uuid4

import asyncpg
import sqlalchemy as sa
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.db.due_rows import DueRows
from servicekit.db.insert_rows import insert_rows
from servicekit.db.retention import BATCH
from servicekit.delivery import AttemptOutcome, DeliveryState, Verdict, judge
from servicekit.tracing import Trace, new_trace, tracing

Message = TypeVar("Message")

DELIVERED_KEPT = timedelta(days=14)
"""Shorter than receivers remember what they have received."""
DEAD_KEPT = timedelta(days=90)

log = structlog.get_logger()


@dataclass(frozen=True)
class ClaimedDelivery(Generic[Message]):
    """A claimed delivery: its attempt has the number `attempt`; `round_began_after` attempts are of earlier rounds.

    `trace` is that of the request that caused the event.
    """

    id: UUID
    type: str
    message: Message
    attempt: int
    round_began_after: int
    trace: Trace

    @property
    def is_first_of_round(self) -> bool:
        """Whether this is the first attempt since the event was published, or since staff requested a redelivery."""
        return self.attempt == self.round_began_after + 1

    def judge(self, outcome: AttemptOutcome) -> Verdict:
        """Decides what follows `outcome`; a redelivery begins a new round with a fresh schedule."""
        return judge(outcome, attempt=self.attempt - self.round_began_after, chance=random.random())


@dataclass(frozen=True, slots=True)
class NewDelivery:
    """An event to publish: its type, the trace of its cause, and the values of the service's own columns."""

    type: str
    trace: Trace
    columns: Mapping[str, object]

    def values(self, delivery_id: UUID) -> dict[str, object]:
        """Returns the values of its row."""
        traced = {"request_id": self.trace.request_id, "traceparent": self.trace.traceparent}
        return {"id": delivery_id, "type": self.type, **traced, **self.columns}


@dataclass(frozen=True, slots=True)
class Attempted(Generic[Message]):
    """An attempt that was made, its outcome, and what follows."""

    claimed: ClaimedDelivery[Message]
    outcome: AttemptOutcome
    verdict: Verdict

    @property
    def is_first_success(self) -> bool:
        """Whether the very first attempt has succeeded, as nearly all do; it is stored in the delivery's own row."""
        return self.verdict.state is DeliveryState.DELIVERED and self.claimed.attempt == 1

    def log(self) -> None:
        """Logs the outcome of the attempt, with the trace of the request that caused the event."""
        with tracing(self.claimed.trace):
            log.info(
                "delivery.attempted",
                delivery_id=str(self.claimed.id),
                type=self.claimed.type,
                attempt=self.claimed.attempt,
                status_code=self.outcome.status_code,
                state=self.verdict.state,
            )


def first_attempt_columns() -> tuple[sa.Column[Any], ...]:
    """Returns the columns of a first attempt that succeeded; all other attempts have rows of their own."""
    return (
        sa.Column("first_attempt_at", sa.DateTime(timezone=True), comment="of a first attempt that succeeded"),
        sa.Column("first_status_code", sa.Integer),
        sa.Column("first_latency_ms", sa.Integer),
    )


# A success always counts, whatever a newer attempt has recorded meanwhile.
_RECORD_FIRST_SUCCESSES = """
UPDATE {rows} SET state = 'DELIVERED', next_attempt_at = NULL, delivered_at = now(),
    first_attempt_at = now(), first_status_code = made.status_code, first_latency_ms = made.latency_ms
FROM unnest($1::uuid[], $2::integer[], $3::integer[]) AS made (id, status_code, latency_ms)
WHERE {rows}.id = made.id
"""


class Outbox(Generic[Message]):
    """The deliveries in the service's tables `rows` and `attempts`; `rows` has the columns `first_attempt_columns`.

    `message` is a dataclass; its fields name the columns that a sender needs besides those of `ClaimedDelivery`.
    A claim also sets the values `on_claim`.
    """

    def __init__(
        self,
        rows: sa.Table,
        attempts: sa.Table,
        message: type[Message],
        *,
        on_claim: Mapping[str, object] | None = None,
    ) -> None:
        self.rows = rows
        self.attempts = attempts
        self._message = message
        own = rows.c
        self._columns: list[sa.ColumnElement[Any]] = [
            own.created_at,
            own.id,
            own.type,
            own.attempts,
            own.round_began_after,
            own.request_id,
            own.traceparent,
            *(own[field.name] for field in fields(message)),  # type: ignore[arg-type]
        ]
        self._on_claim = {"attempts": own.attempts + 1, **(on_claim or {})}
        self._record_first_successes = _RECORD_FIRST_SUCCESSES.format(rows=rows.name)
        self.due = DueRows(rows.c.id, rows.c.next_attempt_at, rows.c.state == DeliveryState.PENDING)

    async def add_all(self, connection: AsyncConnection, added: Sequence[NewDelivery]) -> list[UUID]:
        """Adds events, each of which is delivered at least once after the commit; returns the ids of their deliveries.

        It is one statement; the events have values for the same columns.
        """
        ids = [uuid4() for _ in added]
        await insert_rows(connection, self.rows, [each.values(id_) for id_, each in zip(ids, added, strict=True)])
        return ids

    def is_due(self) -> sa.ColumnElement[bool]:
        """The condition of a delivery whose next attempt is due."""
        rows = self.rows.c
        return sa.and_(rows.state == DeliveryState.PENDING, rows.next_attempt_at <= sa.func.now())

    async def claim_due(
        self,
        connection: AsyncConnection,
        *condition: sa.ColumnElement[bool],
        lease: timedelta,
        limit: int,
        newest_first: bool = False,
    ) -> list[ClaimedDelivery[Message]]:
        """Claims at most `limit` due attempts that fulfil `condition`; other workers skip them for `lease`.

        Those that are due longest come first, or, with `newest_first`, those that have just become due. They are
        returned in the order in which the events were made.
        """
        rows = await self.due.claim(
            connection,
            *self._columns,
            where=condition,
            values=self._on_claim,
            lease=lease,
            limit=limit,
            newest_first=newest_first,
        )
        return [self._read(row) for row in sorted(rows, key=itemgetter(0))]

    def _read(self, row: asyncpg.Record) -> ClaimedDelivery[Message]:
        _, id_, type_, attempt, round_began_after, request_id, traceparent, *message = row.values()
        trace = new_trace(request_id, traceparent)
        return ClaimedDelivery(id_, type_, self._message(*message), attempt, round_began_after, trace)

    async def record(self, connection: AsyncConnection, attempts: Sequence[Attempted[Message]]) -> None:
        """Stores the outcomes of the attempts and the deliveries' new states, and announces the next attempts.

        The first successes, as nearly all attempts are, take one statement and no rows of their own.
        """
        first_successes = [attempt for attempt in attempts if attempt.is_first_success]
        if first_successes:
            values = (
                [attempt.claimed.id for attempt in first_successes],
                [attempt.outcome.status_code for attempt in first_successes],
                [attempt.outcome.latency_ms for attempt in first_successes],
            )
            await connection.exec_driver_sql(self._record_first_successes, values)
        for attempt in attempts:
            if not attempt.is_first_success:
                await self._record_other(connection, attempt)

    async def _record_other(self, connection: AsyncConnection, made: Attempted[Message]) -> None:
        rows, claimed, outcome, verdict = self.rows.c, made.claimed, made.outcome, made.verdict
        changes: dict[str, Any] = {"state": verdict.state, "next_attempt_at": None}
        if verdict.state is DeliveryState.DELIVERED:
            changes["delivered_at"] = sa.func.now()
        await connection.execute(
            sa.insert(self.attempts).values(
                delivery_id=claimed.id,
                number=claimed.attempt,
                status_code=outcome.status_code,
                latency_ms=outcome.latency_ms,
                error=outcome.error,
            )
        )
        if verdict.retry_after is not None:
            changes["next_attempt_at"] = sa.func.now() + verdict.retry_after
        mine = sa.update(self.rows).where(rows.id == claimed.id)
        if verdict.state is not DeliveryState.DELIVERED:
            # A late failure must not overwrite the outcome of a newer attempt; a success always counts.
            mine = mine.where(rows.attempts == claimed.attempt, rows.state == DeliveryState.PENDING)
        await connection.execute(mine.values(changes))

    async def delete_old_deliveries(self, connection: AsyncConnection) -> int:
        """Deletes deliveries, with their attempts, that are older than `DELIVERED_KEPT` or, dead, than `DEAD_KEPT`.

        Deletes at most `BATCH`, and returns how many.
        """
        rows = self.rows.c
        now = sa.func.now()
        is_old = sa.or_(
            sa.and_(rows.state == DeliveryState.DELIVERED, rows.created_at < now - DELIVERED_KEPT),
            sa.and_(rows.state == DeliveryState.DEAD, rows.created_at < now - DEAD_KEPT),
        )
        # The first condition follows from the second one; an index on the time serves it.
        picked = sa.select(rows.id).where(rows.created_at < now - min(DELIVERED_KEPT, DEAD_KEPT), is_old)
        ids = list((await connection.execute(picked.limit(BATCH).with_for_update(skip_locked=True))).scalars())
        if ids:
            await connection.execute(sa.delete(self.attempts).where(self.attempts.c.delivery_id.in_(ids)))
            await connection.execute(sa.delete(self.rows).where(rows.id.in_(ids)))
        return len(ids)

    async def count(self, connection: AsyncConnection) -> dict[str, int]:
        """Returns the number of PENDING and of DEAD deliveries."""
        state = self.rows.c.state
        states = (DeliveryState.PENDING, DeliveryState.DEAD)
        query = sa.select(state, sa.func.count()).where(state.in_(states)).group_by(state)
        return {each.value: 0 for each in states} | {row[0]: row[1] for row in await connection.execute(query)}
