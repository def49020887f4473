"""Making an invoice, once per reference (contracts/README.md, Invoice)."""

from __future__ import annotations

import secrets
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from servicekit.errors import KeyReusedError
from sqlalchemy.ext.asyncio import AsyncConnection

from payments.db import invoices
from payments.domain.errors import InvoiceVoidError
from payments.domain.invoice import Invoice, InvoiceAction, InvoiceStatus

TOKEN_BYTES = 24
_LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
"""Without those that people confuse."""


@dataclass(frozen=True, slots=True)
class InvoiceOrder:
    """What an invoice is made from; `amount` in minor units of `currency`."""

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
    """The invoice of the reference, and whether this request made it."""

    invoice: Invoice
    is_new: bool


def new_number() -> str:
    """A number that nobody else draws: the day, and fifty bits of chance."""
    return f"INV-{datetime.now(UTC):%Y%m%d}-{''.join(secrets.choice(_LETTERS) for _ in range(10))}"


async def create_invoice(connection: AsyncConnection, order: InvoiceOrder, *, actor: str) -> Creation:
    """The new invoice, or the one that the reference has already, payable until the later of the two deadlines.

    Whoever asks again may have been away for hours; the buyer is to have the time that is promised now.
    InvoiceVoidError when the reference was voided, KeyReusedError when its invoice is about another amount.
    """
    values = {
        **asdict(order),
        "number": new_number(),
        "token": secrets.token_urlsafe(TOKEN_BYTES),
        "status": InvoiceStatus.PENDING,
    }
    made = await invoices.insert_unless_known(connection, values, actor=actor, action="CREATE")
    if made is not None:
        return Creation(made, is_new=True)
    known = await invoices.find_by(connection, reference=order.reference, lock=True)
    if known.status is InvoiceStatus.VOID:
        raise InvoiceVoidError("This reference was voided.", invoice_number=known.number, invoice_status=known.status)
    if (known.amount, known.currency) != (order.amount, order.currency):
        raise KeyReusedError("This reference has an invoice of another amount.", invoice_number=known.number)
    return Creation(await _extended(connection, known, order.expires_at, actor), is_new=False)


async def _extended(connection: AsyncConnection, known: Invoice, expires_at: datetime, actor: str) -> Invoice:
    """The locked invoice, payable until `expires_at` if that is later; only one that waits for its buyer changes."""
    if known.status is not InvoiceStatus.PENDING or known.expires_at is None or known.expires_at >= expires_at:
        return known
    return await invoices.change_locked(connection, known, InvoiceAction.EXTEND, actor=actor, expires_at=expires_at)
