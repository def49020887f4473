"""The viewer's own seats of an event, and the seats that they queue for."""

import time
from dataclasses import dataclass, field

import streamlit as st

from frontend.api.models import Booking, WaitlistEntry
from frontend.page.menu import forget_badges
from frontend.session.session import client, current_user

OWN_SEATS_SECONDS = 4.0
_STATE = "mine"


@dataclass(frozen=True)
class OwnSeats:
    """The live bookings and live waitlist entries by seat id, and the ids of all bookings, including ended ones."""

    bookings: dict[str, Booking] = field(default_factory=dict)
    entries: dict[str, WaitlistEntry] = field(default_factory=dict)
    booking_ids: frozenset[str] = frozenset()

    @property
    def booked_places(self) -> set[str]:
        """Returns the places of the seats that the viewer has."""
        return {seat.place for booking in self.bookings.values() for seat in booking.seats}

    @property
    def queued_places(self) -> set[str]:
        """Returns the places of the seats that the viewer waits for."""
        return {entry.seat.place for entry in self.entries.values()}


def own_seats(event_id: str) -> OwnSeats:
    """Returns the viewer's bookings and waitlist entries of an event, at most a few seconds old."""
    user = current_user()
    if user is None:
        return OwnSeats()
    known = st.session_state.get(_STATE)
    if known is None or known[0] != event_id or time.monotonic() > known[1]:
        known = (event_id, time.monotonic() + OWN_SEATS_SECONDS, _ask(event_id, user.id))
        st.session_state[_STATE] = known
    found: OwnSeats = known[2]
    return found


def last_own_seats(event_id: str) -> OwnSeats:
    """Returns what was last read of the viewer's bookings and entries of an event, without a call."""
    known = st.session_state.get(_STATE)
    found: OwnSeats = known[2] if known is not None and known[0] == event_id else OwnSeats()
    return found


def forget_own_seats() -> None:
    """Forgets what was read, after the viewer changed something."""
    forget_badges()
    known = st.session_state.get(_STATE)
    if known is not None:
        st.session_state[_STATE] = (known[0], 0.0, known[2])


def _ask(event_id: str, user_id: str) -> OwnSeats:
    bookings = client().bookings_of_event(event_id, user_id=user_id)
    live = [booking for booking in bookings if booking.status.is_live]
    return OwnSeats(
        bookings={seat.id: booking for booking in live for seat in booking.seats},
        entries={entry.seat.id: entry for entry in client().my_queue() if entry.status.is_live},
        booking_ids=frozenset(booking.id for booking in bookings),
    )
