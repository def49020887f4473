"""The outbox (docs/booking.md, Webhooks), and the deliveries that are held back while sending is disabled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa
from servicekit.db.delivery_list import Delivery, DeliveryList
from servicekit.db.outbox import NewDelivery, Outbox
from servicekit.delivery import DeliveryState
from sqlalchemy.ext.asyncio import AsyncConnection

from payments.db.tables import webhook_attempts
from payments.db.tables import webhook_deliveries as rows


@dataclass(frozen=True, slots=True)
class Body:
    """The body that is signed and sent, the same at every attempt."""

    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceDelivery(Delivery):
    """A delivery as operators see it."""

    invoice_number: str


__all__ = ["DELIVERY_LIST", "OUTBOX", "Body", "InvoiceDelivery", "NewDelivery", "add_deliveries"]

OUTBOX = Outbox(rows, webhook_attempts, Body, on_claim={"held": False})
DELIVERY_LIST = DeliveryList(OUTBOX, InvoiceDelivery)


async def add_deliveries(connection: AsyncConnection, added: Sequence[NewDelivery]) -> None:
    """Adds webhook events to the outbox, which delivers each at least once after the commit."""
    await OUTBOX.add_all(connection, added)


async def hold_back_due(connection: AsyncConnection, pause: timedelta) -> None:
    """Holds back every due delivery while sending is disabled: for `pause`, or until sending is enabled."""
    await connection.execute(
        sa.update(rows).where(OUTBOX.is_due()).values(held=True, next_attempt_at=sa.func.now() + pause)
    )


async def resume_held(connection: AsyncConnection) -> None:
    """Makes every delivery that was held back due at once."""
    await connection.execute(
        sa.update(rows)
        .where(rows.c.state == DeliveryState.PENDING, rows.c.held)
        .values(held=False, next_attempt_at=sa.func.now())
    )
