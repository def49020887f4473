"""Deliveries as operators see them, with every attempt, and the redelivery that operators can request."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Generic, TypeVar
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.db.outbox import Outbox
from servicekit.db.paging import Order
from servicekit.delivery import DeliveryState
from servicekit.errors import DeliveryStillTriedError, NotFoundError


@dataclass(frozen=True, slots=True)
class DeliveryAttempt:
    """The outcome of one attempt."""

    number: int
    at: datetime
    status_code: int | None
    latency_ms: int
    error: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """A delivery; `next_attempt_at` is None if no further attempt is planned.

    A service adds its own columns in a subclass.
    """

    id: UUID
    type: str
    state: str
    attempts: list[DeliveryAttempt]
    next_attempt_at: datetime | None
    request_id: str | None
    created_at: datetime
    delivered_at: datetime | None


Listed = TypeVar("Listed", bound=Delivery)


class DeliveryList(Generic[Listed]):
    """Lists the deliveries of `outbox` as objects of `listed`, a subclass of `Delivery` with the service's columns."""

    def __init__(self, outbox: Outbox[Any], listed: type[Listed]) -> None:
        rows = outbox.rows.c
        self._outbox = outbox
        self._listed = listed
        self._order = Order([rows.created_at, rows.id], descending=True)
        pending = sa.case((rows.state == DeliveryState.PENDING, rows.next_attempt_at))
        names = [field.name for field in fields(listed) if field.name not in ("attempts", "next_attempt_at")]
        self._columns = [*(rows[name] for name in names), pending.label("next_attempt_at")]
        self._first_attempt = [rows.first_attempt_at, rows.first_status_code, rows.first_latency_ms]

    async def find(
        self,
        connection: AsyncConnection,
        wanted: Mapping[str, object],
        *,
        after: Sequence[Any] | None = None,
        limit: int = 1,
    ) -> list[Listed]:
        """Returns at most `limit` deliveries that follow `after`, newest first, each with its attempts in order.

        `wanted` maps columns to the values that a delivery must have; a value of None does not restrict the list.
        """
        query = sa.select(*self._columns, *self._first_attempt)
        for name, value in wanted.items():
            if value is not None:
                query = query.where(self._outbox.rows.c[name] == value)
        found = (await connection.execute(self._order.apply(query, after).limit(limit))).all()
        attempts = await self._attempts_of(connection, [row.id for row in found])
        columns = [column.key for column in self._columns]
        return [
            self._listed(
                **{name: row._mapping[name] for name in columns},
                attempts=[*_first_attempt(row), *attempts.get(row.id, [])],
            )
            for row in found
        ]

    async def _attempts_of(self, connection: AsyncConnection, ids: list[UUID]) -> dict[UUID, list[DeliveryAttempt]]:
        attempts = self._outbox.attempts
        query = sa.select(attempts).where(attempts.c.delivery_id.in_(ids)).order_by("delivery_id", "number")
        grouped: dict[UUID, list[DeliveryAttempt]] = {}
        for row in (await connection.execute(query)).mappings():
            values = {name: value for name, value in row.items() if name != "delivery_id"}
            grouped.setdefault(row["delivery_id"], []).append(DeliveryAttempt(**values))
        return grouped

    async def redeliver(self, connection: AsyncConnection, delivery_id: UUID) -> Listed:
        """Makes a DELIVERED or DEAD delivery due at once, with a fresh schedule of retries, and returns it.

        Raises NotFoundError if there is no such delivery, DeliveryStillTriedError while it is PENDING.
        """
        rows = self._outbox.rows
        state = sa.select(rows.c.state).where(rows.c.id == delivery_id).with_for_update()
        found = (await connection.execute(state)).scalar_one_or_none()
        if found is None:
            raise NotFoundError(f"There is no delivery {delivery_id}.")
        if found == DeliveryState.PENDING:
            raise DeliveryStillTriedError("This delivery is PENDING: its next attempt is already planned.")
        again = {"state": DeliveryState.PENDING, "next_attempt_at": sa.func.now(), "delivered_at": None}
        statement = sa.update(rows).where(rows.c.id == delivery_id)
        statement = statement.values({**again, "round_began_after": rows.c.attempts})
        await connection.execute(statement)
        return (await self.find(connection, {"id": delivery_id}))[0]


def _first_attempt(row: sa.Row[*tuple[Any, ...]]) -> list[DeliveryAttempt]:
    if row.first_attempt_at is None:
        return []
    return [DeliveryAttempt(1, row.first_attempt_at, row.first_status_code, row.first_latency_ms, error=None)]
