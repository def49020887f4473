"""Requests the hold from the organizer and the invoice from payment, outside of any transaction.

docs/booking.md, steps 3 and 4.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from time import monotonic

import structlog

from ticketing.domain.booking_record import Booking
from ticketing.integrations.calling import calls_limited_to
from ticketing.integrations.gateways import (
    HoldAnswer,
    HoldState,
    Invoice,
    InvoiceRefusedError,
    InvoiceStatus,
    OrganizerPausedError,
    Organizers,
    Payments,
    UnreachableOrganizerError,
    UnreachablePaymentError,
)

LOOK_UP_SECONDS = 2.0
"""The time for looking up a hold whose request was not answered; ORGANIZER_TIMEOUT_SECONDS if that is shorter."""
INVOICE_ATTEMPTS = 2
INVOICE_SECONDS = 5.0
"""The time for all attempts together."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class HoldOutcome:
    """The result of requesting a hold; `answer` is None if the organizer gave no usable answer or was not asked.

    `certain`: no request of this service can still be in flight, so the answer is final.
    """

    answer: HoldAnswer | None
    certain: bool


async def request_hold(organizers: Organizers, booking: Booking, attempts: int) -> HoldOutcome:
    """Requests the hold, up to `attempts` times. After a request without an answer, looks the hold up by its id."""
    answer: HoldAnswer | None = None
    certain = True
    for _ in range(attempts):
        try:
            answer = await organizers.hold(booking)
        except OrganizerPausedError as error:
            log.warning("organizer.paused", booking_id=str(booking.id), seconds=error.seconds)
            break
        except UnreachableOrganizerError as error:
            log.warning("organizer.unreachable", booking_id=str(booking.id), error=str(error))
            certain = False
            answer = await _look_up(organizers, booking)
        if answer is HoldAnswer.ALREADY_HELD:
            # A seat names one booking at most, so no other hold can have it: this reveals a defect.
            log.error("hold.conflicted", booking_id=str(booking.id))
        if answer in (HoldAnswer.HELD, HoldAnswer.ALREADY_HELD, HoldAnswer.RELEASED):
            break
    return HoldOutcome(answer, certain)


async def _look_up(organizers: Organizers, booking: Booking) -> HoldAnswer | None:
    try:
        with calls_limited_to(LOOK_UP_SECONDS):
            state = await organizers.look_up(booking)
    except UnreachableOrganizerError as error:
        log.warning("organizer.unreachable", booking_id=str(booking.id), error=str(error))
        return None
    return {HoldState.HELD: HoldAnswer.HELD, HoldState.RELEASED: HoldAnswer.RELEASED, HoldState.ABSENT: None}[state]


async def request_invoice(
    payments: Payments, booking: Booking, seconds: float, *, within: float = INVOICE_SECONDS
) -> Invoice | None:
    """Returns the booking's invoice, which can be paid for `seconds`; None if payment gives none `within` that time."""
    expires_at = datetime.now(UTC) + timedelta(seconds=seconds)
    end = monotonic() + within
    for _ in range(INVOICE_ATTEMPTS):
        left = end - monotonic()
        if left <= 0:
            break
        try:
            with calls_limited_to(left):
                invoice = await payments.create_invoice(booking, expires_at)
        except UnreachablePaymentError as error:
            log.warning("payment.unreachable", booking_id=str(booking.id), error=str(error))
        except InvoiceRefusedError as error:
            log.error("invoice.refused", booking_id=str(booking.id), error=str(error))
            return None
        else:
            return None if invoice.status is InvoiceStatus.VOID else invoice
    return None
