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
        entries = await audit.entries_of_booking(connection, booking.id)
    ours = [
        TimelineItem(
            at=entry.at,
            service="ticket",
            actor=entry.actor,
            action=f"{entry.subject_type}.{entry.action.lower()}",
            from_status=entry.from_status,
            to_status=entry.to_status,
            detail=entry.detail,
        )
        for entry in entries
    ]
    theirs = await _of_payment(services, booking.invoice_number) if booking.invoice_number else []
    return sorted([*ours, *theirs], key=lambda item: item.at)


async def _of_payment(services: Services, invoice_number: str) -> list[TimelineItem]:
    try:
        return await services.gateways.payments.timeline(invoice_number)
    except UnreachablePaymentError as error:
        log.warning("timeline.shortened", invoice_number=invoice_number, error=str(error))
        return []
