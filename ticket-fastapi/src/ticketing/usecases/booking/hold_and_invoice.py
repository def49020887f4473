"""Asking the organizer for the seats and payment for the invoice, outside of any transaction (DESIGN section 4, steps 3
and 4).
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
    Organizers,
    Payments,
    UnreachableOrganizerError,
    UnreachablePaymentError,
)

LOOK_UP_SECONDS = 2.0
"""For asking what became of a hold that was not answered in time; never longer than ORGANIZER_TIMEOUT_SECONDS."""
INVOICE_ATTEMPTS = 2
INVOICE_SECONDS = 5.0
"""For all attempts together."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class HoldOutcome:
    """`answer` is None when the organizer could not be understood.

    `certain`: no request of ours can still be on its way, so the answer is the last word.
    """

    answer: HoldAnswer | None
    certain: bool


async def request_hold(organizers: Organizers, booking: Booking, attempts: int) -> HoldOutcome:
    """Ask for the hold, up to `attempts` times. An unknown outcome is looked up by id, never guessed."""
    answer: HoldAnswer | None = None
    certain = True
    for _ in range(attempts):
        try:
            answer = await organizers.hold(booking)
        except UnreachableOrganizerError as error:
            log.warning("organizer.silent", booking_id=str(booking.id), error=str(error))
            certain = False
            answer = await _look_up(organizers, booking)
        if answer is HoldAnswer.ALREADY_HELD:
            # The organizer is an independent witness: this must not happen while our seats name one booking each.
            log.error("organizer.already-held", booking_id=str(booking.id))
        if answer in (HoldAnswer.HELD, HoldAnswer.ALREADY_HELD, HoldAnswer.RELEASED):
            break
    return HoldOutcome(answer, certain)


async def _look_up(organizers: Organizers, booking: Booking) -> HoldAnswer | None:
    try:
        with calls_limited_to(LOOK_UP_SECONDS):
            state = await organizers.look_up(booking)
    except UnreachableOrganizerError as error:
        log.warning("organizer.silent", booking_id=str(booking.id), error=str(error))
        return None
    return {HoldState.HELD: HoldAnswer.HELD, HoldState.RELEASED: HoldAnswer.RELEASED, HoldState.ABSENT: None}[state]


async def request_invoice(
    payments: Payments, booking: Booking, seconds: float, *, within: float = INVOICE_SECONDS
) -> Invoice | None:
    """The booking's invoice, payable for `seconds`; None when none could be made `within` so many seconds."""
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
            log.warning("payment.silent", booking_id=str(booking.id), error=str(error))
        except InvoiceRefusedError as error:
            log.error("payment.refused", booking_id=str(booking.id), error=str(error))
            return None
        else:
            return None if invoice.status is InvoiceStatus.VOID else invoice
    return None
