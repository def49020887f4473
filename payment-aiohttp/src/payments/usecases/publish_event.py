"""Publishes what happened to invoices, in the transaction of the change (docs/booking.md, Webhooks)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from pydantic_core import to_json
from servicekit.tracing import Trace, current_trace
from sqlalchemy.ext.asyncio import AsyncConnection

from payments.db.deliveries import NewDelivery, add_deliveries
from payments.domain.invoice import Invoice
from payments.settings import Settings
from payments.usecases.representation import invoice_representation

EventType = Literal["invoice.paid", "invoice.failed", "invoice.refunded"]


@dataclass(frozen=True, slots=True)
class Happening:
    """What happened to an invoice, which is as it is now, and the trace of the request that caused it."""

    type: EventType
    invoice: Invoice
    trace: Trace


async def publish_event(connection: AsyncConnection, settings: Settings, type: EventType, invoice: Invoice) -> None:
    """Adds a webhook event with the invoice's current state to the outbox, which delivers it after the commit."""
    await publish_events(connection, settings, [Happening(type, invoice, current_trace())])


async def publish_events(connection: AsyncConnection, settings: Settings, happened: Sequence[Happening]) -> None:
    """Adds a webhook event for each, with the state of its invoice."""
    await add_deliveries(connection, [_delivery(settings, each) for each in happened])


def _delivery(settings: Settings, happened: Happening) -> NewDelivery:
    invoice = happened.invoice
    data = invoice_representation(settings, invoice)
    body = to_json({"type": happened.type, "timestamp": invoice.updated_at, "data": data}).decode()
    return NewDelivery(happened.type, happened.trace, {"invoice_number": invoice.number, "body": body})
