"""Deliveries as operators see them, with every attempt."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from payments.db.deliveries import ask_for_attempt
from payments.db.paging import newest_first
from payments.db.tables import webhook_attempts
from payments.db.tables import webhook_deliveries as rows
from payments.domain.delivery import DeliveryState


@dataclass(frozen=True, slots=True)
class DeliveryAttempt:
    """How one attempt went."""

    number: int
    at: datetime
    status_code: int | None
    latency_ms: int
    error: str | None


@dataclass(frozen=True, slots=True)
class Delivery:
    """A delivery; `next_attempt_at` is None when none will be made by itself."""

    id: UUID
    type: str
    invoice_number: str
    state: str
    attempts: list[DeliveryAttempt]
    next_attempt_at: datetime | None
    request_id: str
    created_at: datetime
    delivered_at: datetime | None


_COLUMNS = (
    rows.c.id,
    rows.c.type,
    rows.c.invoice_number,
    rows.c.state,
    rows.c.next_attempt_at,
    rows.c.request_id,
    rows.c.created_at,
    rows.c.delivered_at,
)


async def list_deliveries(
    connection: AsyncConnection,
    *,
    state: str | None = None,
    invoice_number: str | None = None,
    delivery_id: UUID | None = None,
    after: tuple[Any, ...] | None = None,
    limit: int = 1,
) -> list[Delivery]:
    """The newest deliveries first, those after `after`, each with its attempts in order."""
    query = newest_first(sa.select(*_COLUMNS), (rows.c.created_at, rows.c.id), after).limit(limit)
    for column, wanted in ((rows.c.state, state), (rows.c.invoice_number, invoice_number), (rows.c.id, delivery_id)):
        if wanted is not None:
            query = query.where(column == wanted)
    found = (await connection.execute(query)).mappings().all()
    attempts = await _attempts(connection, [row["id"] for row in found])
    return [Delivery(**row, attempts=attempts.get(row["id"], [])) for row in found]


async def _attempts(connection: AsyncConnection, ids: list[UUID]) -> dict[UUID, list[DeliveryAttempt]]:
    query = sa.select(webhook_attempts).where(webhook_attempts.c.delivery_id.in_(ids)).order_by("delivery_id", "number")
    grouped: dict[UUID, list[DeliveryAttempt]] = {}
    for row in (await connection.execute(query)).mappings():
        fields = {name: value for name, value in row.items() if name != "delivery_id"}
        grouped.setdefault(row["delivery_id"], []).append(DeliveryAttempt(**fields))
    return grouped


async def lock_state(connection: AsyncConnection, delivery_id: UUID) -> str | None:
    """The delivery's state, which stays until the end of the transaction; None when there is no such delivery."""
    query = sa.select(rows.c.state).where(rows.c.id == delivery_id).with_for_update()
    return (await connection.execute(query)).scalar_one_or_none()


async def start_again(connection: AsyncConnection, delivery_id: UUID) -> None:
    """Have the delivery attempted at once, whatever became of it before; the schedule of retries begins anew."""
    statement = (
        sa.update(rows)
        .where(rows.c.id == delivery_id)
        .values(
            state=DeliveryState.PENDING,
            next_attempt_at=sa.func.now(),
            delivered_at=None,
            round_began_after=rows.c.attempts,
        )
        .returning(rows.c.attempts)
    )
    attempts_made = (await connection.execute(statement)).scalar_one()
    await ask_for_attempt(connection, delivery_id, attempts_made=attempts_made)
