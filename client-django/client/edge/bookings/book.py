"""Carries out an ordinary request for a booking with one statement before ticket is asked and one after.

It gives the answers of the general view (`BookingsView.post`), to which it leaves everything that is not as usual
before anything is written (docs/adr/0032).
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from uuid import UUID

from django.db.utils import Error
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from rest_framework import status
from rest_framework.exceptions import Throttled
from rest_framework.response import Response
from rest_framework.utils import json

from client.accounts.customer import customer_of
from client.bookings.describe import is_described
from client.bookings.mirror import Source, booking_mirror, booking_of, snapshot_entry
from client.bookings.models import Booking
from client.bookings.services import (
    booking_refused,
    booking_requested_before,
    failed_attempt,
    naming_booking,
    request_send,
    ticket_request,
)
from client.domain.booking import BookingStatus
from client.edge.bookings.ordinary import OrdinaryRequest, ordinary_request
from client.edge.bookings.representation import booking_representation
from client.edge.bookings.statements import HELD, REFUSED, Recorded, remembered_values, request_record
from client.edge.exception_handler import problem_response
from client.edge.idempotency import answer_and_remember, answered_before, is_final, mark_remembered, replay
from client.edge.viewers import opaque, viewer_address
from client.notifications.refusals import refusal_apply
from client.notifications.snapshots import Applied, snapshot_apply
from client.outgoing.deadline import within
from client.ticket_api.errors import TicketRefusedError
from client.ticket_api.models import TicketBooking
from config.env import environment


@dataclass(frozen=True, slots=True)
class Stored:
    """A request whose booking is stored."""

    asked: OrdinaryRequest
    recorded: Recorded
    booking_id: UUID
    answer_exception: Callable[[Exception], Response]

    @property
    def claimed(self) -> UUID | None:
        """The id under which the answer is remembered; None without an Idempotency-Key."""
        return self.booking_id if self.asked.key else None


def book_ordinarily(request: HttpRequest) -> HttpResponse | None:
    """Books for an ordinary request. Returns None, and has written nothing, if the general view has to answer."""
    asked = ordinary_request(request)
    recorded = asked and request_record(asked)
    if not asked or not recorded:
        return None
    answer_exception = partial(_answer_exception, request)
    if recorded.booking_id is None:
        return _sent(_answered(partial(_refuse_to_store, asked, recorded), answer_exception))
    stored = Stored(asked, recorded, recorded.booking_id, answer_exception)
    carry_out = partial(_carry_out, request, stored)
    if asked.key:
        return _sent(answer_and_remember(recorded.booking_id, carry_out, answer_exception))
    return _sent(_answered(carry_out, answer_exception))


def _answered(handle: Callable[[], Response], answer_exception: Callable[[Exception], Response]) -> Response:
    try:
        return handle()
    except Exception as error:  # noqa: BLE001 - sorted by `answer_exception`
        return answer_exception(error)


def _refuse_to_store(asked: OrdinaryRequest, recorded: Recorded) -> Response:
    """Answers a request of which nothing was stored: the limit is reached, or its key is taken."""
    if not recorded.is_allowed:
        raise Throttled(recorded.retry_after)
    return replay(answered_before(caller=str(asked.user_id), key=asked.key or "", fingerprint=asked.fingerprint))


def _carry_out(request: HttpRequest, stored: Stored) -> Response:
    asked, booking_id = stored.asked, stored.booking_id
    if not stored.recorded.is_new:
        return _created(booking_requested_before(user_id=asked.user_id, booking_id=booking_id))
    to_ticket = ticket_request(
        booking_id=booking_id,
        event_id=asked.event_id,
        seat_ids=asked.seat_ids,
        customer=customer_of(stored.recorded.user),
        buyer_address=opaque("buyer address", viewer_address(request)),
    )
    with naming_booking(booking_id), within(environment().ticket_change_seconds):
        try:
            snapshot = request_send(to_ticket)
        except TicketRefusedError as refusal:
            return _refused(stored, refusal)
        return _held(stored, snapshot)


def _held(stored: Stored, snapshot: TicketBooking) -> Response:
    """Applies ticket's answer, notifies the buyer and remembers our answer."""
    booking = booking_of(snapshot, now=timezone.now())
    booking.user_id, booking.created_at = stored.asked.user_id, stored.recorded.created_at
    response = _created(booking)
    values = remembered_values(stored.claimed, response)
    try:
        applied = snapshot_apply(booking, snapshot_entry(snapshot, Source.ANSWER), statement=HELD, values=values)
    except Error:
        # Neither the notification nor the answer that is remembered stops the change: each is tried for itself.
        applied = Applied.UNDECIDED
    if applied == Applied.APPLIED:
        return mark_remembered(response)
    if applied == Applied.UNDECIDED:
        booking_mirror(snapshot=snapshot, source=Source.ANSWER)
    return _created(Booking.objects.get(id=booking.id))


def _refused(stored: Stored, refusal: TicketRefusedError) -> Response:
    """Fails the booking for ticket's reason, notifies the buyer and remembers our answer. Raises the error of a refusal
    that makes no failed booking, or whose booking is still to be described.
    """
    booking_id, recorded = stored.booking_id, stored.recorded
    attempt = failed_attempt(booking_id, refusal)
    if attempt is None or refusal.booking() is not None or not is_described(recorded.event, recorded.seats):
        raise booking_refused(booking_id, refusal) from refusal
    reason, error = attempt
    response = stored.answer_exception(error)
    if not is_final(response):
        raise booking_refused(booking_id, refusal) from refusal
    booking = Booking(
        id=booking_id,
        status=BookingStatus.FAILED,
        failure_reason=reason,
        event=recorded.event,
        seats=recorded.seats,
        updated_at=timezone.now(),
    )
    values = remembered_values(stored.claimed, response)
    try:
        refusal_apply(booking, detail=refusal.problem.detail, statement=REFUSED, values=values)
    except Error:
        # As above.
        raise booking_refused(booking_id, refusal) from refusal
    return mark_remembered(response)


def _created(booking: Booking) -> Response:
    return Response(booking_representation(booking), status=status.HTTP_201_CREATED)


def _answer_exception(request: HttpRequest, error: Exception) -> Response:
    response = problem_response(error, {"request": request})
    if response is None:
        raise error
    return response


def _sent(response: Response) -> HttpResponse:
    """Returns the response as the general view would render it."""
    sent = HttpResponse(
        json.dumps(response.data, ensure_ascii=False, separators=(",", ":")),
        content_type=response.content_type or "application/json",
        status=response.status_code,
    )
    for name, value in response.items():
        if name.lower() != "content-type":
            sent[name] = value
    return sent
