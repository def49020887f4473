"""Calls ticket's HTTP interface (contracts/README.md). All functions raise TicketRefusedError or
TicketUnavailableError.
"""

import re
from typing import NamedTuple
from urllib.parse import quote
from uuid import UUID

from pydantic import BaseModel, HttpUrl

from client.domain.errors import TicketFailedError
from client.outgoing.deadline import within
from client.ticket_api.http import MOST_BYTES_OF_LIST, NOT_MODIFIED, Query, change, parsed, read
from client.ticket_api.models import (
    AnyObject,
    BestSeats,
    Customer,
    Event,
    EventPage,
    Seat,
    SeatPage,
    TicketBooking,
    TicketLink,
    TicketWaitlistEntry,
    TicketWaitlistPage,
    TimelineItem,
    TimelinePage,
)
from config.env import environment

NO_CONTENT = 204
ENTITY_TAG = re.compile(r'(W/)?"[\x21\x23-\x7e]{1,100}"')


class BookingRequest(BaseModel):
    booking_id: UUID
    event_id: UUID
    seat_ids: list[UUID]
    customer: Customer
    return_url: HttpUrl
    buyer_address: str
    """A keyed hash of the address that the buyer calls from."""


class SeatMapCopy(NamedTuple):
    """The JSON of a seat map, and the entity tag that ticket gave it."""

    content: bytes
    etag: str


class WaitlistRequest(BaseModel):
    """A request to join a queue. Ticket adds the booking's id to `return_url`, where the payment page of an offer leads
    back.
    """

    seat_id: UUID
    customer: Customer
    return_url: HttpUrl


def request_booking(request: BookingRequest) -> TicketBooking:
    """Requests a booking. Ticket asks organizer and payment before it answers."""
    body = request.model_dump_json().encode()
    return parsed(TicketBooking, change("POST", "/bookings", body=body, key=str(request.booking_id)))


def fetch_booking(booking_id: UUID) -> TicketBooking:
    return parsed(TicketBooking, read(f"/bookings/{booking_id}"))


def abandon_booking(booking_id: UUID) -> TicketBooking | None:
    """Gives up the id of a booking whose request may never have arrived. Returns the booking if ticket has it; None if
    it has none and refuses the request from now on, should it arrive after all.
    """
    with within(environment().ticket_read_seconds):
        answer = change("POST", f"/bookings/{booking_id}/abandon")
    return None if answer.status == NO_CONTENT else parsed(TicketBooking, answer)


def cancel_booking(booking_id: UUID, *, by_staff: bool) -> TicketBooking:
    body = b'{"reason":"STAFF"}' if by_staff else b'{"reason":"BUYER"}'
    return parsed(TicketBooking, change("POST", f"/bookings/{booking_id}/cancel", body=body))


def fetch_document_link(booking_id: UUID) -> TicketLink:
    return parsed(TicketLink, read(f"/bookings/{booking_id}/ticket"))


def fetch_timeline(booking_id: UUID) -> list[TimelineItem]:
    return parsed(TimelinePage, read(f"/bookings/{booking_id}/timeline")).items


def join_waitlist(request: WaitlistRequest, *, key: UUID) -> TicketWaitlistEntry:
    return parsed(
        TicketWaitlistEntry, change("POST", "/waitlist", body=request.model_dump_json().encode(), key=str(key))
    )


def fetch_waitlist(customer_id: UUID, *, cursor: str | None, limit: int) -> TicketWaitlistPage:
    params = {"customer_id": str(customer_id), "limit": str(limit)} | ({"cursor": cursor} if cursor else {})
    return parsed(TicketWaitlistPage, read("/waitlist", params=params, most_bytes=MOST_BYTES_OF_LIST))


def fetch_waitlist_entry(entry_id: UUID) -> TicketWaitlistEntry:
    return parsed(TicketWaitlistEntry, read(f"/waitlist/{entry_id}"))


def leave_waitlist(entry_id: UUID) -> TicketWaitlistEntry:
    """Leaves a queue. If the entry is an offer, ticket cancels its booking and asks payment before it answers."""
    return parsed(TicketWaitlistEntry, change("DELETE", f"/waitlist/{entry_id}"))


def fetch_events(params: dict[str, str]) -> EventPage:
    return parsed(EventPage, read("/events", params=params, most_bytes=MOST_BYTES_OF_LIST))


def fetch_event(event_id: UUID) -> Event:
    return parsed(Event, read(f"/events/{event_id}"))


def fetch_seats(event_id: UUID, params: Query) -> SeatPage:
    return parsed(SeatPage, read(f"/events/{event_id}/seats", params=params, most_bytes=MOST_BYTES_OF_LIST))


def fetch_seat(event_id: UUID, seat_id: UUID) -> Seat:
    return parsed(Seat, read(f"/events/{event_id}/seats/{seat_id}"))


def fetch_seat_map(event_id: UUID, *, kept: SeatMapCopy | None) -> SeatMapCopy:
    """Returns the seat map: `kept` itself if it still holds.

    The map is not parsed into seats: a hall of 50,000 would take longer than everything else. Raises
    TicketUnavailableError if the answer is not JSON or has no tag.
    """
    known = kept.etag if kept else ""
    answer = read(f"/events/{event_id}/seat-map", known=known, most_bytes=MOST_BYTES_OF_LIST)
    if kept is not None and answer.status == NOT_MODIFIED:
        return kept
    parsed(AnyObject, answer)
    if not ENTITY_TAG.fullmatch(answer.etag):
        raise TicketFailedError
    return SeatMapCopy(answer.content, answer.etag)


def fetch_best_seats(event_id: UUID, params: Query) -> BestSeats:
    return parsed(BestSeats, read(f"/events/{event_id}/best-seats", params=params))


def organizer_path(reference: str) -> str:
    return f"/organizers/{quote(reference, safe='')}"
