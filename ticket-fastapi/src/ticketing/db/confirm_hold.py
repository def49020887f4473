"""Transaction 2 of a booking as one written statement, beside `hold_seats`: the state, its audit and the webhook."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
from pydantic_core import to_json
from servicekit.tracing import current_trace

from ticketing.domain.booking_record import Booking

CONFIRM_HOLD = (Path(__file__).parent / "sql" / "confirm_hold.sql").read_text()


async def confirm_hold(
    driver: asyncpg.Connection, confirmed: Booking, *, data: dict[str, Any], actor: str
) -> Booking | None:
    """Store `confirmed`, which was HOLDING, as AWAITING_PAYMENT, and have the client told `data`; answers it as stored.

    None when it is not HOLDING any more. Part of the driver's transaction, or one of its own.
    """
    trace = current_trace()
    row = await driver.fetchrow(
        CONFIRM_HOLD,
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
