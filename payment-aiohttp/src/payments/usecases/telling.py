"""Telling of what happened to an invoice, in the transaction in which it happens (DESIGN section 5)."""

from __future__ import annotations

from typing import Literal

from pydantic_core import to_json
from sqlalchemy.ext.asyncio import AsyncConnection

from payments.db.deliveries import add_delivery
from payments.domain.invoice import Invoice
from payments.settings import Settings
from payments.usecases.representations import invoice_representation

DeliveryType = Literal["invoice.paid", "invoice.failed", "invoice.refunded"]


async def tell(connection: AsyncConnection, settings: Settings, type: DeliveryType, invoice: Invoice) -> None:
    """Send the invoice as it is now, at least once, if this transaction commits."""
    data = invoice_representation(settings, invoice)
    body = to_json({"type": type, "timestamp": invoice.updated_at, "data": data}).decode()
    await add_delivery(connection, type=type, invoice_number=invoice.number, body=body)
