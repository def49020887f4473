"""The timeline of a booking, from ticket and payment together."""

from __future__ import annotations

import structlog

from ticketing.db import audit
from ticketing.domain.booking_record import Booking
from ticketing.integrations.gateways import TimelineItem, UnreachablePaymentError
from ticketing.services import Services

log = structlog.get_logger()


async def booking_timeline(services: Services, booking: Booking) -> list[TimelineItem]:
    """Returns all entries, oldest first. If payment does not answer, its entries are missing."""
    async with services.engine.connect() as connection:
        rows = await audit.entries_of_booking(connection, booking.id)
    ours = [
        TimelineItem(
            at=row["at"],
            service="ticket",
            actor=row["actor"],
            action=f"{row['subject_type']}.{row['action'].lower()}",
            from_status=row["from_status"],
            to_status=row["to_status"],
            detail=row["detail"],
        )
        for row in rows
    ]
    theirs = await _of_payment(services, booking.invoice_number) if booking.invoice_number else []
    return sorted([*ours, *theirs], key=lambda item: item.at)


async def _of_payment(services: Services, invoice_number: str) -> list[TimelineItem]:
    try:
        return await services.gateways.payments.timeline(invoice_number)
    except UnreachablePaymentError as error:
        log.warning("timeline.shortened", invoice_number=invoice_number, error=str(error))
        return []
