"""The public catalogue, shared between viewers and asked for at most every few seconds."""

import streamlit as st

from frontend.api.models import Event, Page
from frontend.events.seat_map import SeatMap, build_seat_map
from frontend.session.session import public_client

EVENTS_SECONDS = 15
SEATS_SECONDS = 2

# Cached as resources rather than data: nobody changes them, and copying thousands of seats for each viewer is slow.


@st.cache_resource(ttl=EVENTS_SECONDS, max_entries=200, show_spinner=False)
def events(search: str, ordering: str, cursor: str | None) -> Page[Event]:
    """A page of events."""
    return public_client().events(search=search, ordering=ordering, cursor=cursor)


@st.cache_resource(ttl=EVENTS_SECONDS, max_entries=500, show_spinner=False)
def event(event_id: str) -> Event:
    """One event."""
    return public_client().event(event_id)


@st.cache_resource(ttl=SEATS_SECONDS, max_entries=100, show_spinner=False)
def seat_map(event_id: str, currency: str) -> SeatMap:
    """The seat map as the public sees it."""
    return build_seat_map(public_client().seats(event_id), currency=currency)


def all_events() -> list[Event]:
    """Every event, for staff's choices."""
    found: list[Event] = []
    cursor: str | None = None
    while True:
        page = events("", "starts_at", cursor)
        found += page.items
        cursor = page.next_cursor
        if cursor is None:
            return found


def forget() -> None:
    """Have everything asked anew, after staff changed something."""
    events.clear()
    event.clear()
    seat_map.clear()
