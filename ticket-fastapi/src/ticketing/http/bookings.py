"""`/bookings`: take seats, watch, cancel, fetch the ticket."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import NAMESPACE_URL, UUID, uuid4, uuid5

from fastapi import APIRouter, Depends, Request, Response
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
    """A wish for one to ten seats of one event, all or none."""

    booking_id: UUID | None = Field(default=None, description="names the booking everywhere; made here if left out")
    event_id: UUID
    seat_ids: Annotated[list[UUID], Field(min_length=1, max_length=MOST_SEATS)]
    customer: CustomerInput
    return_url: HttpUrl | None = Field(default=None, description="where the payment page leads back to")

    @field_validator("seat_ids")
    @classmethod
    def _each_once(cls, seat_ids: list[UUID]) -> list[UUID]:
        if len(set(seat_ids)) < len(seat_ids):
            raise ValueError("must not name a seat twice")
        return seat_ids


class CancelInput(Input):
    """Who cancels."""

    reason: CancelReason = CancelReason.BUYER


class TicketOutput(BaseModel):
    """A link to the PDF, for a while."""

    url: str
    expires_at: datetime
    sha256: str
    kind: DocumentKind


class TimelineOutput(BaseModel):
    """Everything that happened to a booking, in order of time."""

    items: list[TimelineItem]


busy_router = APIRouter(
    prefix="/bookings", tags=["bookings"], route_class=FastLane(require("bookings:write"), BookingInput).route_class()
)


@busy_router.post(
    "",
    status_code=201,
    response_model=BookingOutput,
    summary="Book seats",
    responses=problems(
        _404="event-not-found",
        _409="seat-unavailable sale-not-open sale-closed event-cancelled request-in-progress",
        _422="validation-error idempotency-key-reused",
        _502="organizer-declined",
        _503="organizer-unreachable payment-unavailable",
    ),
)
async def add(
    services: WithServices, request: Request, caller: Writer, body: BookingInput, key: IdempotencyKey = None
) -> Response:
    """Takes the seats, has the organizer hold them and makes the invoice; the answer has the payment URL.

    The booking's id makes a repeat harmless: the same order is answered as the first time. Without one, the
    Idempotency-Key does the same.
    """
    order = BookingRequest(
        booking_id=body.booking_id or _id_for_key(caller, key),
        event_id=body.event_id,
        seat_ids=tuple(body.seat_ids),
        customer=Customer(body.customer.id, body.customer.name, body.customer.email),
        return_url=body.return_url,
        request_hash=request_hash(request.url.path, body),
    )
    booking, is_repeat = await book(services, order, actor=caller.name)
    return JsonResponse(booking_data(booking), 201, {"idempotent-replay": "true"} if is_repeat else None)


def _id_for_key(caller: Caller, key: str | None) -> UUID:
    return uuid5(NAMESPACE_URL, f"booking:{caller.name}:{key}") if key else uuid4()


@router.get("", response_model=BookingPage, summary="List bookings")
async def list_(
    engine: WithEngine,
    _: Reader,
    customer_id: UUID | None = None,
    event_id: UUID | None = None,
    status: BookingStatus | None = None,
    cursor: Cursor = None,
    limit: Limit = DEFAULT_LIMIT,
) -> Response:
    """Newest first; failed and ended ones too."""
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


@router.get("/{booking_id}", response_model=BookingOutput, summary="One booking", responses=problems(_404="not-found"))
async def show(services: WithServices, _: Reader, booking_id: UUID) -> Response:
    """As it is now."""
    return JsonResponse(booking_data(await _find(services, booking_id)))


@router.post(
    "/{booking_id}/cancel",
    response_model=BookingOutput,
    summary="Cancel a booking",
    responses=problems(
        _404="not-found",
        _409="booking-in-progress payment-in-progress booking-already-ended event-started",
        _503="payment-unavailable",
    ),
)
async def cancel(services: WithServices, caller: Writer, booking_id: UUID, body: CancelInput | None = None) -> Response:
    """An unpaid booking's invoice is voided first; a paid one's is refunded afterwards.

    Cancelling again changes nothing.
    """
    reason = body.reason if body else CancelReason.BUYER
    return JsonResponse(booking_data(await cancel_booking(services, booking_id, reason, actor=caller.name)))


@router.get(
    "/{booking_id}/ticket",
    response_model=TicketOutput,
    summary="A link to the PDF",
    responses=problems(_404="not-found ticket-not-ready"),
)
async def ticket(services: WithServices, _: Reader, booking_id: UUID) -> Response:
    """The confirmation of a BOOKED booking, the notice of one that ended otherwise."""
    booking = await _find(services, booking_id)
    link = document_link(services.object_store, booking, services.settings.ticket_link_seconds)
    answer = {"url": link.url, "expires_at": link.expires_at}
    return JsonResponse({**answer, "sha256": booking.document_sha256, "kind": booking.document_kind})


@router.get(
    "/{booking_id}/timeline",
    response_model=TimelineOutput,
    summary="What happened to a booking",
    responses=problems(_404="not-found"),
)
async def timeline(services: WithServices, _: Reader, booking_id: UUID) -> Response:
    """From here and from payment; when payment does not answer, from here alone."""
    booking = await _find(services, booking_id)
    return JsonResponse({"items": await booking_timeline(services, booking)})


async def _find(services: Services, booking_id: UUID) -> Booking:
    async with reading(services.engine) as connection:
        booking = await bookings.find(connection, booking_id)
    if booking is None:
        raise NotFoundError("No booking has this id.")
    return booking
