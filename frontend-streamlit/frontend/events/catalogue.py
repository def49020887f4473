"""The public catalogue, shared between viewers and at most a few seconds old."""

import streamlit as st

from frontend.api.models import Event, Page, Seat
from frontend.events.seat_layout import sorted_seats
from frontend.events.seat_map import SeatMap, seat_map_of
from frontend.session.session import public_client

EVENTS_SECONDS = 15
SEATS_SECONDS = 2

# These are cached as resources, not as data: nobody changes them, and copying thousands of seats per viewer is slow.


@st.cache_resource(ttl=EVENTS_SECONDS, max_entries=200, show_spinner=False)
def events(search: str, ordering: str, cursor: str | None) -> Page[Event]:
    """Returns a page of events."""
    return public_client().events(search=search, ordering=ordering, cursor=cursor)


@st.cache_resource(ttl=EVENTS_SECONDS, max_entries=500, show_spinner=False)
def event(event_id: str) -> Event:
    """Returns one event."""
    return public_client().event(event_id)


@st.cache_resource(ttl=SEATS_SECONDS, max_entries=100, show_spinner=False)
def seat_map(event_id: str, currency: str) -> SeatMap:
    """Returns the seat map as the public sees it."""
    return seat_map_of(public_client().seat_map(event_id), currency=currency)


@st.cache_resource(ttl=SEATS_SECONDS, max_entries=20, show_spinner=False)
def seats(event_id: str) -> list[Seat]:
    """Returns every seat with its id, in the order of the map, for staff's editor."""
    return sorted_seats(public_client().seats(event_id))


def all_events() -> list[Event]:
    """Returns every event, for staff's choices."""
    found: list[Event] = []
    cursor: str | None = None
    while True:
        page = events("", "starts_at", cursor)
        found += page.items
        cursor = page.next_cursor
        if cursor is None:
            return found


def clear_cache() -> None:
    """Empties the cache, after staff changed something."""
    events.clear()
    event.clear()
    seat_map.clear()
    seats.clear()
