"""The timeline of a booking, from ticket and payment together."""

from __future__ import annotations

from collections.abc import Iterator

import structlog

from ticketing.db import audit
from ticketing.db.audit import TimelineEntry
from ticketing.domain.booking_record import Booking
from ticketing.domain.seat import SeatAction, statuses_around
from ticketing.integrations.gateways import TimelineItem, UnreachablePaymentError
from ticketing.services import Services

log = structlog.get_logger()


async def booking_timeline(services: Services, booking: Booking) -> list[TimelineItem]:
    """Returns all entries, oldest first. If payment does not answer, its entries are missing."""
    async with services.engine.connect() as connection:
        entries = await audit.entries_of_booking(connection, booking.id)
    ours = [item for entry in entries for item in _items_of(entry, len(booking.seats))]
    theirs = await _of_payment(services, booking.invoice_number) if booking.invoice_number else []
    return sorted([*ours, *theirs], key=lambda item: item.at)


def _items_of(entry: TimelineEntry, seats: int) -> Iterator[TimelineItem]:
    item = TimelineItem(
        at=entry.at,
        service="ticket",
        actor=entry.actor,
        action=f"{entry.subject_type}.{entry.action.lower()}",
        from_status=entry.from_status,
        to_status=entry.to_status,
        detail=entry.detail,
    )
    yield item
    if entry.seat_action is not None:
        before, after = statuses_around(SeatAction(entry.seat_action))
        step = {"action": f"seat.{entry.seat_action.lower()}", "from_status": before, "to_status": after, "detail": {}}
        yield from [item.model_copy(update=step)] * seats


async def _of_payment(services: Services, invoice_number: str) -> list[TimelineItem]:
    try:
        return await services.gateways.payments.timeline(invoice_number)
    except UnreachablePaymentError as error:
        log.warning("timeline.shortened", invoice_number=invoice_number, error=str(error))
        return []
