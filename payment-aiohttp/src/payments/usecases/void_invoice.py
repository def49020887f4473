"""Voids a reference, even one that has no invoice yet (docs/booking.md, Release)."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from payments.db import invoices
from payments.domain.errors import NotVoidableError
from payments.domain.invoice import NO_CURRENCY, Invoice, InvoiceAction, InvoiceStatus
from payments.settings import Settings
from payments.usecases.create_invoice import new_number
from payments.usecases.representation import invoice_representation


async def void_invoice(connection: AsyncConnection, settings: Settings, reference: UUID, *, actor: str) -> Invoice:
    """Voids the reference and returns its invoice; without one, stores a tombstone that refuses any later creation.

    Raises NotVoidableError, with the invoice, if it is PROCESSING or decided.
    """
    invoice = await invoices.find(connection, reference=reference, lock=True)
    if invoice is None:
        tombstone = await _insert_tombstone(connection, reference, actor)
        if tombstone is not None:
            return tombstone
        invoice = await invoices.require(connection, reference=reference, lock=True)
    if invoice.status is InvoiceStatus.VOID:
        return invoice
    if invoice.status is not InvoiceStatus.PENDING:
        raise NotVoidableError(
            f"The invoice is {invoice.status}.",
            invoice_status=invoice.status,
            invoice=invoice_representation(settings, invoice),
        )
    return await invoices.change_locked(connection, invoice, InvoiceAction.VOID, actor=actor)


async def _insert_tombstone(connection: AsyncConnection, reference: UUID, actor: str) -> Invoice | None:
    values = {
        "number": new_number(),
        "reference": reference,
        "status": InvoiceStatus.VOID,
        "amount": 0,
        "currency": NO_CURRENCY,
        "voided_at": invoices.NOW,
    }
    return await invoices.insert_if_new(connection, values, actor=actor, action="VOID")
