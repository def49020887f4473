"""Publishes what happened to an invoice, in the transaction of the change (docs/booking.md, Webhooks)."""

from __future__ import annotations

from typing import Literal

from pydantic_core import to_json
from sqlalchemy.ext.asyncio import AsyncConnection

from payments.db.deliveries import add_delivery
from payments.domain.invoice import Invoice
from payments.settings import Settings
from payments.usecases.representation import invoice_representation

EventType = Literal["invoice.paid", "invoice.failed", "invoice.refunded"]


async def publish_event(connection: AsyncConnection, settings: Settings, type: EventType, invoice: Invoice) -> None:
    """Adds a webhook event with the invoice's current state to the outbox, which delivers it after the commit."""
    data = invoice_representation(settings, invoice)
    body = to_json({"type": type, "timestamp": invoice.updated_at, "data": data}).decode()
    await add_delivery(connection, type=type, invoice_number=invoice.number, body=body)
