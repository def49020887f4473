"""Creates an invoice, once per reference (contracts/README.md, Invoice)."""

from __future__ import annotations

import secrets
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from servicekit.errors import KeyReusedError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from payments.db import invoices, new_invoices
from payments.domain.errors import InvoiceVoidError
from payments.domain.invoice import Invoice, InvoiceAction, InvoiceStatus

CREATE = "CREATE"
"""The action in the history of an invoice that is new."""
TOKEN_BYTES = 24
_LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
"""Digits and letters without those that people confuse (0 and O, 1 and I)."""


@dataclass(frozen=True, slots=True)
class InvoiceRequest:
    """What ticket asks for; `amount` is in minor units of `currency`."""

    reference: UUID
    amount: int
    currency: str
    description: str
    customer: dict[str, Any]
    expires_at: datetime
    return_url: str | None
    time_zone: str | None


@dataclass(frozen=True, slots=True)
class Creation:
    """The invoice of the reference, and whether this request created it."""

    invoice: Invoice
    is_new: bool


def new_number() -> str:
    """Returns a unique invoice number: the date and fifty random bits."""
    return f"INV-{datetime.now(UTC):%Y%m%d}-{''.join(secrets.choice(_LETTERS) for _ in range(10))}"


def _values(request: InvoiceRequest) -> dict[str, Any]:
    return {
        **asdict(request),
        "number": new_number(),
        "token": secrets.token_urlsafe(TOKEN_BYTES),
        "status": InvoiceStatus.PENDING,
    }


async def create_new_invoice(engine: AsyncEngine, request: InvoiceRequest, *, actor: str) -> Invoice | None:
    """Creates the invoice by one statement; returns None, and changes nothing, if the reference has one already."""
    return await new_invoices.insert(engine, _values(request), actor=actor, action=CREATE)


async def create_invoice(connection: AsyncConnection, request: InvoiceRequest, *, actor: str) -> Creation:
    """Creates the invoice, or extends the one that the reference has already to the later of the two deadlines.

    Ticket may repeat its request hours later; the buyer then gets the time that ticket promises now.
    Raises InvoiceVoidError if the reference was voided, KeyReusedError if its invoice has another amount or currency.
    """
    created = await invoices.insert_if_new(connection, _values(request), actor=actor, action=CREATE)
    if created is not None:
        return Creation(created, is_new=True)
    invoice = await invoices.require(connection, reference=request.reference, lock=True)
    if invoice.status is InvoiceStatus.VOID:
        facts = {"invoice_number": invoice.number, "invoice_status": invoice.status}
        raise InvoiceVoidError("This reference was voided.", **facts)
    if (invoice.amount, invoice.currency) != (request.amount, request.currency):
        raise KeyReusedError("This reference has an invoice of another amount.", invoice_number=invoice.number)
    return Creation(await _extend(connection, invoice, request.expires_at, actor), is_new=False)


async def _extend(connection: AsyncConnection, invoice: Invoice, expires_at: datetime, actor: str) -> Invoice:
    """Moves the deadline of the locked invoice to `expires_at` if it is PENDING and `expires_at` is later."""
    if invoice.status is not InvoiceStatus.PENDING or invoice.expires_at is None or invoice.expires_at >= expires_at:
        return invoice
    return await invoices.change_locked(connection, invoice, InvoiceAction.EXTEND, actor=actor, expires_at=expires_at)
