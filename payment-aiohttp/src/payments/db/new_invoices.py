"""Inserts an invoice by one written statement (`sql/create_invoice.sql`)."""

from __future__ import annotations

from typing import Any

from pydantic_core import to_json
from servicekit.db.engine import borrowed_driver
from servicekit.tracing import current_trace
from sqlalchemy.ext.asyncio import AsyncEngine

from payments.db.statements import CREATE_INVOICE
from payments.domain.invoice import Invoice


async def insert(engine: AsyncEngine, values: dict[str, Any], *, actor: str, action: str) -> Invoice | None:
    """Inserts a PENDING invoice and commits; returns None if the reference has an invoice or a tombstone."""
    columns = ("number", "reference", "token", "status", "amount", "currency", "description")
    async with borrowed_driver(engine) as driver:
        stored = await driver.fetchrow(
            CREATE_INVOICE,
            *(values[name] for name in columns),
            to_json(values["customer"]).decode(),
            values["return_url"],
            values["time_zone"],
            values["expires_at"],
            actor,
            action,
            current_trace().request_id,
        )
    if stored is None:
        return None
    unset: tuple[str, ...] = (
        "failure_reason",
        "refund_requested_at",
        "paid_at",
        "failed_at",
        "voided_at",
        "refunded_at",
    )
    known: dict[str, Any] = {**dict.fromkeys(unset), **values, **dict(stored)}
    return Invoice(**known)
