"""`/bookings`: book seats, read and cancel bookings, get the ticket."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import NAMESPACE_URL, UUID, uuid4, uuid5

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel, Field, field_validator
from servicekit.cursors import page, read_cursor
from servicekit.db.engine import reading
from servicekit.db.idempotency import request_hash
from servicekit.errors import NotFoundError

from ticketing.db.booking import bookings
from ticketing.db.booking.take_seats import BookingRequest
from ticketing.domain.booking import BookingStatus, CancelReason, DocumentKind
from ticketing.domain.booking_record import Booking
from ticketing.domain.records import Customer
from ticketing.http.authentication import Caller, require
from ticketing.http.documented import problems
from ticketing.http.fast_lane import FastLane
from ticketing.http.idempotency import IdempotencyKey
from ticketing.http.models import Input, Moment
from ticketing.http.pagination import DEFAULT_LIMIT, Cursor, Limit
from ticketing.http.responses import JsonResponse
from ticketing.http.services import WithEngine, WithServices
from ticketing.http.shapes import BookingOutput, BookingPage, CustomerInput
from ticketing.http.texts import HttpUrl
from ticketing.integrations.gateways import TimelineItem
from ticketing.services import Services
from ticketing.usecases.booking.abandon_booking import abandon_booking
from ticketing.usecases.booking.book import book
from ticketing.usecases.booking.booking_timeline import booking_timeline
from ticketing.usecases.booking.cancel_booking import cancel_booking
from ticketing.usecases.booking.issue_document import document_link
from ticketing.usecases.webhooks.representations import booking_data

router = APIRouter(prefix="/bookings", tags=["bookings"])

MOST_SEATS = 10

Reader = Annotated[Caller, Depends(require("bookings:read"))]
Writer = Annotated[Caller, Depends(require("bookings:write"))]


class BookingInput(Input):
    """A buyer's request for one to ten seats of one event; the buyer gets all of them or none."""

    booking_id: UUID | None = Field(
        default=None,
        description="The id of the new booking, in every service. If it is left out, the ticket service makes one.",
    )
    event_id: UUID
    seat_ids: Annotated[
        list[UUID], Field(min_length=1, max_length=MOST_SEATS, description="The seats, each once, of this event.")
    ]
    customer: CustomerInput
    return_url: HttpUrl | None = Field(
        default=None, description="The address to which the payment page sends the buyer back."
    )
    buyer_address: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{16,64}$")] | None = Field(
        default=None,
        description=(
            "A keyed hash of the network address that the buyer calls from. Bookings with the same one count together; "
            "the ticket service never sees the address itself. A repeat may have another one."
        ),
    )

    @field_validator("seat_ids")
    @classmethod
    def _each_once(cls, seat_ids: list[UUID]) -> list[UUID]:
        if len(set(seat_ids)) < len(seat_ids):
            raise ValueError("must not name a seat twice")
        return seat_ids


class CancelInput(Input):
    """The reason of a cancellation."""

    reason: CancelReason = Field(
        default=CancelReason.BUYER,
        description="Who cancels, or why. A BUYER cannot cancel a paid booking once the event has started.",
    )


class TicketOutput(BaseModel):
    """A link to the PDF of a booking."""

    url: str = Field(description="Anybody who has this address can fetch the PDF until `expires_at`.")
    expires_at: datetime
    sha256: str = Field(description="The SHA-256 of the PDF, in hexadecimal.")
    kind: DocumentKind = Field(
        description="CONFIRMATION is the ticket; NOTICE says why the booking ended and what happens to the money."
    )


class TimelineOutput(BaseModel):
    """The timeline of a booking."""

    items: list[TimelineItem] = Field(description="What happened, oldest first.")


busy_router = APIRouter(
    prefix="/bookings", tags=["bookings"], route_class=FastLane(require("bookings:write"), BookingInput).route_class()
)


@busy_router.post(
    "",
    status_code=201,
    response_model=BookingOutput,
    summary="Book seats for a buyer",
    responses=problems(
        _404="event-not-found",
        _409="seat-unavailable too-many-unpaid-seats sale-not-open sale-closed event-cancelled request-in-progress"
        " booking-abandoned",
        _422="validation-error idempotency-key-reused",
        _502="organizer-declined",
        _503="organizer-unreachable payment-unavailable not-ready",
    ),
)
async def add(
    services: WithServices, request: Request, caller: Writer, body: BookingInput, key: IdempotencyKey = None
) -> Response:
    """The client service calls this for a buyer.

    It takes the seats, asks the organizer to hold them and the payment service for an invoice, and returns the booking
    with its payment URL. A repeat with the same `booking_id` and body gets the first answer again. Without a
    `booking_id`, the `Idempotency-Key` has the same effect.

    While the buyer has too many seats of the event to pay for, or the buyers of one address have at all events, the
    answer is `too-many-unpaid-seats`: nothing is stored, and the same request may succeed later.
    """
    wanted = BookingRequest(
        booking_id=body.booking_id or _id_for_key(caller, key),
        event_id=body.event_id,
        seat_ids=tuple(body.seat_ids),
        customer=Customer(body.customer.id, body.customer.name, body.customer.email),
        return_url=body.return_url,
        # A buyer who repeats a request may have moved to another network.
        request_hash=request_hash(request.url.path, body, without={"buyer_address"}),
        buyer_address=body.buyer_address,
    )
    booking, is_repeat = await book(services, wanted, actor=caller.name)
    return JsonResponse(booking_data(booking), 201, {"idempotent-replay": "true"} if is_repeat else None)


def _id_for_key(caller: Caller, key: str | None) -> UUID:
    return uuid5(NAMESPACE_URL, f"booking:{caller.name}:{key}") if key else uuid4()


@router.get("", response_model=BookingPage, summary="List bookings, newest first")
async def list_(
    engine: WithEngine,
    _: Reader,
    customer_id: Annotated[UUID | None, Query(description="Only bookings of this customer.")] = None,
    event_id: Annotated[UUID | None, Query(description="Only bookings of this event.")] = None,
    status: Annotated[BookingStatus | None, Query(description="Only bookings in this status.")] = None,
    cursor: Cursor = None,
    limit: Limit = DEFAULT_LIMIT,
) -> Response:
    """The client service and staff call this to find the bookings of a customer or an event.

    It returns one page, which includes bookings that have ended, and the cursor of the next page.
    """
    before = read_cursor(cursor, tuple[Moment, UUID])
    async with reading(engine) as connection:
        found = await bookings.page(
            connection,
            limit=limit + 1,
            before=(before[0], before[1]) if before else None,
            customer_id=customer_id,
            event_id=event_id,
            status=status,
        )

    def sort_values(booking: Booking) -> list[object]:
        return [booking.created_at, booking.id]

    return JsonResponse(page(found, limit, show=booking_data, sort_values=sort_values))


@router.get(
    "/{booking_id}", response_model=BookingOutput, summary="Return a booking", responses=problems(_404="not-found")
)
async def show(services: WithServices, _: Reader, booking_id: UUID) -> Response:
    """Returns the booking in its current state, including its payment URL while it awaits payment."""
    return JsonResponse(booking_data(await _find(services, booking_id)))


@router.post(
    "/{booking_id}/cancel",
    response_model=BookingOutput,
    summary="Cancel a booking",
    responses=problems(
        _404="not-found",
        _409="booking-in-progress payment-in-progress booking-already-ended event-started",
        _503="payment-unavailable not-ready",
    ),
)
async def cancel(services: WithServices, caller: Writer, booking_id: UUID, body: CancelInput | None = None) -> Response:
    """The client service calls this for a buyer or for staff.

    It returns the cancelled booking. The invoice of an unpaid booking is voided first; a paid booking is refunded
    afterwards. Its seats are released in the background. Repeating the call changes nothing.
    """
    reason = body.reason if body else CancelReason.BUYER
    return JsonResponse(booking_data(await cancel_booking(services, booking_id, reason, actor=caller.name)))


@router.post(
    "/{booking_id}/abandon",
    response_model=BookingOutput,
    summary="Give up a booking id",
    responses={204: {"description": "No booking has this id, and none can be made under it any more."}},
)
async def abandon(services: WithServices, _: Writer, booking_id: UUID) -> Response:
    """The client service calls this if it got no answer to a request and no longer waits for the booking.

    A booking that exists is returned, and nothing changes. Otherwise the id is given up: if the request arrives after
    all, it is refused with `booking-abandoned` and takes no seat. Repeating the call changes nothing.
    """
    booking = await abandon_booking(services, booking_id)
    return Response(status_code=204) if booking is None else JsonResponse(booking_data(booking))


@router.get(
    "/{booking_id}/ticket",
    response_model=TicketOutput,
    summary="Return a link to the PDF of a booking",
    responses=problems(_404="not-found ticket-not-ready"),
)
async def ticket(services: WithServices, _: Reader, booking_id: UUID) -> Response:
    """Returns a fresh link to the ticket of a BOOKED booking, or to the notice about one that ended without seats.

    The link expires; call this again for a new one. 404 `ticket-not-ready` while the PDF is not made yet.
    """
    booking = await _find(services, booking_id)
    link = document_link(services.object_store, booking, services.settings.ticket_link_seconds)
    answer = {"url": link.url, "expires_at": link.expires_at}
    return JsonResponse({**answer, "sha256": booking.document_sha256, "kind": booking.document_kind})


@router.get(
    "/{booking_id}/timeline",
    response_model=TimelineOutput,
    summary="Return the timeline of a booking",
    responses=problems(_404="not-found"),
)
async def timeline(services: WithServices, _: Reader, booking_id: UUID) -> Response:
    """Returns everything that the ticket service and the payment service did with the booking, oldest first.

    If the payment service does not answer, its part is missing.
    """
    booking = await _find(services, booking_id)
    return JsonResponse({"items": await booking_timeline(services, booking)})


async def _find(services: Services, booking_id: UUID) -> Booking:
    async with reading(services.engine) as connection:
        booking = await bookings.find(connection, booking_id)
    if booking is None:
        raise NotFoundError(f"No booking has the id {booking_id}.")
    return booking
