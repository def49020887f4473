"""Transaction 2 of a booking, also one statement: it changes the status, audits that and adds the webhook event."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import uuid4

import asyncpg
from pydantic_core import to_json
from servicekit.tracing import current_trace

from ticketing.db.statements import read_statement
from ticketing.domain.booking_record import Booking

STORE_CONFIRMATION = read_statement("store_confirmation")


async def store_confirmation(
    driver: asyncpg.Connection, confirmed: Booking, *, data: dict[str, Any], actor: str
) -> Booking | None:
    """Stores `confirmed` as AWAITING_PAYMENT and publishes `data` to the client service; returns the booking as stored.

    Returns None if the booking is no longer HOLDING. Joins the driver's open transaction, or runs in one of its own.
    """
    trace = current_trace()
    row = await driver.fetchrow(
        STORE_CONFIRMATION,
        confirmed.id,
        confirmed.invoice_number,
        confirmed.payment_url,
        confirmed.hold_expires_at,
        confirmed.next_step_at,
        actor,
        trace.request_id,
        trace.traceparent,
        uuid4(),
        to_json(data).decode(),
    )
    return replace(confirmed, version=row["version"], updated_at=row["updated_at"]) if row else None
