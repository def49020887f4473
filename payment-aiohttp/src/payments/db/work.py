"""Due rows, which workers claim in batches; postponed work is left out."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa
from servicekit.db.due_rows import DueRows
from servicekit.db.outbox import ClaimedDelivery
from servicekit.lanes import Work
from servicekit.tracing import new_trace
from sqlalchemy.ext.asyncio import AsyncConnection

from payments.db.deliveries import OUTBOX, Body
from payments.db.postponed_work import failed_before, has_failed_before, is_not_postponed
from payments.db.tables import payment_attempts, refunds


class InvoiceWork:
    """Unfinished rows of `table`, one per invoice; an item is the invoice's number."""

    def __init__(self, kind: str, table: sa.Table) -> None:
        self.kind = kind
        self._rows = table.c
        self._due = DueRows(table.c.invoice_number, table.c.due_at, table.c.finished_at.is_(None))
        self._claimable = is_not_postponed(kind, table.c.invoice_number)
        self._has_failed = has_failed_before(kind, table.c.invoice_number)

    def seconds_to_next(self) -> sa.ScalarSelect[float]:
        """Returns an SQL expression: in how many seconds the next one is due; NULL if none will be soon."""
        return self._due.seconds_to_next(self._claimable)

    async def claim(self, connection: AsyncConnection, *, lease: timedelta, limit: int) -> list[Work[str]]:
        """Claims at most `limit` due rows; other workers skip them until `lease` has passed."""
        columns = (self._rows.invoice_number, self._rows.request_id, self._rows.traceparent, self._has_failed)
        claimed = await self._due.claim(connection, *columns, where=[self._claimable], lease=lease, limit=limit)
        return [Work(number, number, new_trace(*ids), has_failed) for number, *ids, has_failed in claimed]

    async def count_due(self, connection: AsyncConnection) -> int:
        """Returns how many rows are due and unclaimed."""
        return await self._due.count_due(connection)


class DeliveryWork:
    """Deliveries whose next attempt is due."""

    kind = "delivery"

    def __init__(self) -> None:
        self._claimable = is_not_postponed(self.kind, sa.cast(OUTBOX.rows.c.id, sa.Text))

    def seconds_to_next(self) -> sa.ScalarSelect[float]:
        """Returns an SQL expression: in how many seconds the next attempt is due; NULL if none will be soon."""
        return OUTBOX.due.seconds_to_next(self._claimable)

    async def claim(
        self, connection: AsyncConnection, *, lease: timedelta, limit: int
    ) -> list[Work[ClaimedDelivery[Body]]]:
        """Claims at most `limit` due attempts; other workers skip them until `lease` has passed."""
        claimed = await OUTBOX.claim_due(connection, self._claimable, lease=lease, limit=limit)
        # Each failure was an attempt, so that the first one has none before it.
        repeated = [str(delivery.id) for delivery in claimed if delivery.attempt > 1]
        failed = await failed_before(connection, self.kind, repeated) if repeated else set()
        return [
            Work(
                delivery,
                str(delivery.id),
                delivery.trace,
                has_failed=str(delivery.id) in failed,
                alone=not delivery.is_first_of_round,
            )
            for delivery in claimed
        ]

    async def count_due(self, connection: AsyncConnection) -> int:
        """Returns how many attempts are due and unclaimed."""
        return await OUTBOX.due.count_due(connection)


DUE_ATTEMPTS = InvoiceWork("payment", payment_attempts)
DUE_REFUNDS = InvoiceWork("refund", refunds)
DUE_DELIVERIES = DeliveryWork()


async def count_due(connection: AsyncConnection) -> dict[str, int]:
    """Returns, for each kind of work, how many items are due and unclaimed."""
    return {work.kind: await work.count_due(connection) for work in (DUE_ATTEMPTS, DUE_REFUNDS, DUE_DELIVERIES)}
