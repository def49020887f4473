"""Books, refreshes and cancels for buyers and staff (docs/booking.md). No call of ticket is inside a transaction."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from uuid import UUID

from django.db.utils import Error
from django.utils import timezone
from pydantic import HttpUrl

from client.accounts.customer import customer_of
from client.accounts.models import User
from client.bookings import errors
from client.bookings.describe import Described, describe, fill_in_description
from client.bookings.history import Action, Actor, history_add, history_entry
from client.bookings.mirror import Source, booking_mirror
from client.bookings.models import Booking
from client.bookings.refuse import booking_refuse
from client.bookings.store import booking_store, store_values
from client.database.failures import is_retryable
from client.database.values import SqlValue
from client.domain.booking import BookingOrigin, BookingStatus, FailureReason
from client.domain.errors import (
    DomainError,
    NotReadyError,
    RequestInProgressError,
    TicketUnavailableError,
    with_booking,
)
from client.outgoing.deadline import within
from client.ticket_api import calls as ticket
from client.ticket_api.errors import TicketRefusedError
from client.ticket_api.http import TicketRefusedServiceError
from client.ticket_api.models import Customer, TicketBooking, TicketLink
from config.env import environment

# A refused attempt stays in the buyer's history. Maps ticket's problem type to the reason and to the buyer's error.
ATTEMPT_FAILED: dict[str, tuple[FailureReason, type[DomainError]]] = {
    "seat-unavailable": (FailureReason.SEAT_UNAVAILABLE, errors.SeatUnavailableError),
    "organizer-declined": (FailureReason.ORGANIZER_DECLINED, errors.OrganizerDeclinedError),
    "organizer-unreachable": (FailureReason.ORGANIZER_UNREACHABLE, errors.OrganizerUnreachableError),
    "payment-unavailable": (FailureReason.INVOICE_UNAVAILABLE, errors.PaymentUnavailableError),
    "booking-abandoned": (FailureReason.TICKET_UNAVAILABLE, TicketUnavailableError),
}
# Ticket has the request and is still working at it, so the outcome is unknown here.
STILL_RUNNING = "request-in-progress"


def booking_request(
    *, user: User, booking_id: UUID, event_id: UUID, seat_ids: Sequence[UUID], buyer_address: str
) -> Booking:
    """Stores the request and sends it to ticket (docs/booking.md, step 1). `booking_id` names the booking in every
    service; `buyer_address` is a keyed hash of the address that the buyer calls from.

    Raises an error that names the stored booking if it has FAILED (the four errors of `ATTEMPT_FAILED`) or stays
    REQUESTED until the reconciler knows more (TicketUnavailableError, NotReadyError). Raises TicketRefusedError if the
    request could never become a booking; then nothing is stored.
    """
    event, seats = describe(event_id=event_id, seat_ids=seat_ids)
    values = request_values(event_id=event_id, event=event, seats=seats)
    if not booking_store(booking_id=booking_id, user_id=user.id, values=values):
        return booking_requested_before(user_id=user.id, booking_id=booking_id)
    request = ticket_request(
        booking_id=booking_id,
        event_id=event_id,
        seat_ids=seat_ids,
        customer=customer_of(user),
        buyer_address=buyer_address,
    )
    with naming_booking(booking_id), within(environment().ticket_change_seconds):
        try:
            answer = request_send(request)
        except TicketRefusedError as refusal:
            raise booking_refused(booking_id, refusal) from refusal
        booking_mirror(snapshot=answer, source=Source.ANSWER)
        return Booking.objects.get(id=booking_id)


def request_values(*, event_id: UUID, event: Described, seats: Sequence[Described]) -> dict[str, SqlValue]:
    """Returns the parameters that store the request of a buyer (`client.bookings.store`)."""
    requested = history_entry(actor=Actor.BUYER, action=Action.REQUESTED, to_status=BookingStatus.REQUESTED, version=0)
    return store_values(
        origin=BookingOrigin.DIRECT,
        event_id=event_id,
        event=event,
        seats=seats,
        created_at=timezone.now(),
        history=[requested],
    )


def ticket_request(
    *, booking_id: UUID, event_id: UUID, seat_ids: Sequence[UUID], customer: Customer, buyer_address: str
) -> ticket.BookingRequest:
    return ticket.BookingRequest(
        booking_id=booking_id,
        event_id=event_id,
        seat_ids=list(seat_ids),
        customer=customer,
        return_url=HttpUrl(f"{environment().frontend_url}/bookings?booking_id={booking_id}"),
        buyer_address=buyer_address,
    )


def request_send(request: ticket.BookingRequest) -> TicketBooking:
    """Sends the stored request to ticket. Fails the booking if ticket refuses this service itself.

    Raises TicketRefusedError, whose outcome the caller stores (`booking_refused`), and TicketUnavailableError.
    """
    try:
        return ticket.request_booking(request)
    except TicketRefusedServiceError:
        reason = FailureReason.TICKET_UNAVAILABLE
        booking_refuse(booking_id=request.booking_id, reason=reason, actor=Actor.TICKET, detail="refused this service")
        raise


def booking_requested_before(*, user_id: UUID, booking_id: UUID) -> Booking:
    """Returns the booking of a request that was sent before. Looks the outcome up and never sends the request again
    (docs/booking.md, step 1). Raises the errors that the first call would have raised.
    """
    booking = Booking.objects.get(id=booking_id, user_id=user_id)
    with naming_booking(booking_id):
        if booking.status in (BookingStatus.REQUESTED, BookingStatus.HOLDING):
            booking = booking_refresh(booking=booking)
        if booking.status == BookingStatus.HOLDING:
            raise with_booking(RequestInProgressError(), booking_id)
        if booking.status == BookingStatus.REQUESTED:
            raise TicketUnavailableError
    for reason, error in ATTEMPT_FAILED.values():
        if booking.failure_reason == reason:
            raise with_booking(error(), booking_id)
    return booking


@contextmanager
def naming_booking(booking_id: UUID) -> Iterator[None]:
    """Adds the booking's id to errors of ticket and of the database, so that the buyer can find the booking."""
    try:
        yield
    except TicketUnavailableError as error:
        raise with_booking(error, booking_id) from error
    except Error as error:
        if not is_retryable(error):
            raise
        raise with_booking(NotReadyError(), booking_id) from error


def booking_refresh(*, booking: Booking) -> Booking:
    """Asks ticket for the booking and applies the answer. A booking that ticket does not know stays as it is."""
    try:
        booking_mirror(snapshot=ticket.fetch_booking(booking.id), source=Source.REFRESH)
    except TicketRefusedError as refusal:
        if not refusal.is_unknown:
            raise
    return Booking.objects.get(id=booking.id)


def booking_cancel(*, booking: Booking, actor: User) -> Booking:
    """Asks ticket to cancel the booking (docs/booking.md, Cancel). Ticket decides; the caller gets its refusals
    unchanged.
    """
    by_staff = booking.user_id != actor.id
    with within(environment().ticket_change_seconds):
        if booking.version == 0:
            booking = booking_refresh(booking=booking)
        if booking.status == BookingStatus.REQUESTED:
            raise errors.InProgressError
        if booking.version == 0:
            raise errors.AlreadyEndedError
        snapshot = ticket.cancel_booking(booking.id, by_staff=by_staff)
    asked = history_entry(
        actor=Actor.STAFF if by_staff else Actor.BUYER,
        action=Action.CANCEL_REQUESTED,
        to_status=None,
        version=booking.version,
    )
    history_add(booking_id=booking.id, entry={**asked, "from_status": booking.status})
    booking_mirror(snapshot=snapshot, source=Source.ANSWER)
    return Booking.objects.get(id=booking.id)


def booking_document(*, booking: Booking) -> TicketLink:
    """Returns a new presigned link to the booking's document. Raises DocumentNotReadyError."""
    if booking.version == 0:
        raise errors.DocumentNotReadyError
    try:
        return ticket.fetch_document_link(booking.id)
    except TicketRefusedError as refusal:
        if refusal.is_unknown:
            raise errors.DocumentNotReadyError from refusal
        raise


def booking_refused(booking_id: UUID, refusal: TicketRefusedError) -> DomainError:
    """Applies ticket's refusal to the stored booking and returns the buyer's error."""
    problem = refusal.problem
    if problem.type == STILL_RUNNING:
        return TicketUnavailableError()
    shown = refusal.booking()
    if shown is not None:
        booking_mirror(snapshot=shown, source=Source.ANSWER)
    if (attempt := failed_attempt(booking_id, refusal)) is not None:
        if shown is None:
            fill_in_description(booking_id=booking_id)
            booking_refuse(booking_id=booking_id, reason=attempt[0], actor=Actor.TICKET, detail=problem.detail)
        return attempt[1]
    # A booking that ticket has stored has a version by now, so it is not deleted.
    Booking.objects.filter(id=booking_id, status=BookingStatus.REQUESTED, version=0).delete()
    return refusal


def failed_attempt(booking_id: UUID, refusal: TicketRefusedError) -> tuple[FailureReason, DomainError] | None:
    """Returns why the booking failed, and the buyer's error; None if the refusal makes no failed booking."""
    found = ATTEMPT_FAILED.get(refusal.problem.type)
    if found is None:
        return None
    reason, error = found
    return reason, with_booking(error(extra=refusal.problem.members()), booking_id)
