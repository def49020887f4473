"""What the worker takes up: rows that are due, claimed in batches, without what has failed and is put off."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa
from servicekit.db.due_rows import DueRows
from servicekit.db.outbox import ClaimedDelivery
from servicekit.lanes import Work
from servicekit.tracing import new_trace
from sqlalchemy.ext.asyncio import AsyncConnection

from payments.db.deliveries import OUTBOX, Body
from payments.db.postponed_work import failed_before, is_not_postponed
from payments.db.tables import payment_attempts, refunds


class InvoiceWork:
    """Unfinished rows of `table`, one per invoice; the items are the invoices' numbers."""

    def __init__(self, kind: str, table: sa.Table) -> None:
        self.kind = kind
        self._rows = table.c
        self._due = DueRows(table.c.invoice_number, table.c.due_at, table.c.finished_at.is_(None))
        self._taken_up = is_not_postponed(kind, table.c.invoice_number)

    def seconds_to_next(self) -> sa.ScalarSelect[float]:
        """In how many seconds the next one is due; NULL if none will be soon."""
        return self._due.seconds_to_next(self._taken_up)

    async def claim(self, connection: AsyncConnection, *, lease: timedelta, limit: int) -> list[Work[str]]:
        """At most `limit` that are due, ours alone until `lease` is over."""
        columns = (self._rows.invoice_number, self._rows.request_id, self._rows.traceparent)
        claimed = await self._due.claim(connection, *columns, where=[self._taken_up], lease=lease, limit=limit)
        failed = await failed_before(connection, self.kind, [row.invoice_number for row in claimed])
        return [
            Work(row.invoice_number, row.invoice_number, new_trace(row.request_id, row.traceparent), row[0] in failed)
            for row in claimed
        ]

    async def count_due(self, connection: AsyncConnection) -> int:
        """How many are due and wait for a worker."""
        return await self._due.count_due(connection)


class DeliveryWork:
    """Attempts to deliver that are due."""

    kind = "delivery"

    def __init__(self) -> None:
        self._taken_up = is_not_postponed(self.kind, sa.cast(OUTBOX.rows.c.id, sa.Text))

    def seconds_to_next(self) -> sa.ScalarSelect[float]:
        """In how many seconds the next attempt is due; NULL if none will be soon."""
        return OUTBOX.due.seconds_to_next(self._taken_up)

    async def claim(
        self, connection: AsyncConnection, *, lease: timedelta, limit: int
    ) -> list[Work[ClaimedDelivery[Body]]]:
        """At most `limit` attempts that are due, ours alone until `lease` is over."""
        claimed = await OUTBOX.claim_due(connection, self._taken_up, lease=lease, limit=limit)
        failed = await failed_before(connection, self.kind, [str(delivery.id) for delivery in claimed])
        return [Work(delivery, str(delivery.id), delivery.trace, str(delivery.id) in failed) for delivery in claimed]

    async def count_due(self, connection: AsyncConnection) -> int:
        """How many attempts are due and wait for a worker."""
        return await OUTBOX.due.count_due(connection)


ATTEMPTS = InvoiceWork("payment", payment_attempts)
REFUNDS = InvoiceWork("refund", refunds)
DELIVERIES = DeliveryWork()


async def count_due(connection: AsyncConnection) -> dict[str, int]:
    """How much work of each kind is due and waits for a worker."""
    return {work.kind: await work.count_due(connection) for work in (ATTEMPTS, REFUNDS, DELIVERIES)}
