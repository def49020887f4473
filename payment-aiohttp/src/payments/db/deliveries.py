"""Outgoing webhooks to the one receiver (DESIGN section 5), and those that are held back while it wants none."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import sqlalchemy as sa
from servicekit.db.delivery_list import Delivery, DeliveryList
from servicekit.db.outbox import Outbox
from servicekit.delivery import DeliveryState
from sqlalchemy.ext.asyncio import AsyncConnection

from payments.db.tables import webhook_attempts
from payments.db.tables import webhook_deliveries as rows


@dataclass(frozen=True, slots=True)
class Body:
    """The bytes that are signed and sent, the same at every attempt."""

    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceDelivery(Delivery):
    """A delivery as operators see it."""

    invoice_number: str


OUTBOX = Outbox(rows, webhook_attempts, Body, on_claim={"held": False})
DELIVERIES = DeliveryList(OUTBOX, InvoiceDelivery)


async def add_delivery(connection: AsyncConnection, *, type: str, invoice_number: str, body: str) -> UUID:
    """Delivers a message about an invoice at least once, if this transaction commits; answers the delivery's id."""
    return await OUTBOX.add(connection, type=type, columns={"invoice_number": invoice_number, "body": body})


async def hold_back_due(connection: AsyncConnection, until_looked_at: timedelta) -> None:
    """Makes no attempt while sending is disabled; what is due is looked at again then, or once sending is enabled."""
    await connection.execute(
        sa.update(rows).where(OUTBOX.is_due()).values(held=True, next_attempt_at=sa.func.now() + until_looked_at)
    )


async def release_held(connection: AsyncConnection) -> None:
    """Has everything attempted at once that was held back."""
    await connection.execute(
        sa.update(rows)
        .where(rows.c.state == DeliveryState.PENDING, rows.c.held)
        .values(held=False, next_attempt_at=sa.func.now())
    )
