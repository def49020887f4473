"""Voiding a reference, also one that is not known yet (DESIGN section 4, release)."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from payments.db import invoices
from payments.domain.errors import NotVoidableError
from payments.domain.invoice import NO_CURRENCY, Invoice, InvoiceAction, InvoiceStatus
from payments.settings import Settings
from payments.usecases.create_invoice import new_number
from payments.usecases.representations import invoice_representation


async def void_invoice(connection: AsyncConnection, settings: Settings, reference: UUID, *, actor: str) -> Invoice:
    """The VOID invoice; for an unknown reference a tombstone, which refuses any creation that comes later.

    NotVoidableError, with the invoice, when it is PROCESSING or decided.
    """
    known = await invoices.find(connection, reference=reference, lock=True)
    if known is None:
        tombstone = await _bury(connection, reference, actor)
        if tombstone is not None:
            return tombstone
        known = await invoices.find_by(connection, reference=reference, lock=True)
    if known.status is InvoiceStatus.VOID:
        return known
    if known.status is not InvoiceStatus.PENDING:
        raise NotVoidableError(
            f"The invoice is {known.status}.",
            invoice_status=known.status,
            invoice=invoice_representation(settings, known),
        )
    return await invoices.change_locked(connection, known, InvoiceAction.VOID, actor=actor)


async def _bury(connection: AsyncConnection, reference: UUID, actor: str) -> Invoice | None:
    values = {
        "number": new_number(),
        "reference": reference,
        "status": InvoiceStatus.VOID,
        "amount": 0,
        "currency": NO_CURRENCY,
        "voided_at": invoices.NOW,
    }
    return await invoices.insert_unless_known(connection, values, actor=actor, action="VOID")
