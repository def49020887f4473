"""Opens a booking from its event's page, also while the browser still asks for the event's page.

The browser may have sent a refresh of the event's page before it hears of the new page. Streamlit merges this refresh
into the run that shows the booking. Then that run has the old page or the old address: it shows the event once more,
or the id of one stands where the id of the other belongs.
"""

from dataclasses import dataclass
from time import monotonic
from typing import NoReturn

import streamlit as st

from frontend.bookings.booking_list import booking_in_address

PAGE = "app_pages/booking.py"
OPENING_SECONDS = 10.0
"""For how long a run of the event's page is taken for a refresh that came too late."""
_OPENED = "booking-opened"


@dataclass
class _Opened:
    """The booking that was opened last; `arrived` once its page has been shown."""

    booking_id: str
    event_id: str
    at: float
    arrived: bool = False

    @property
    def is_on_its_way(self) -> bool:
        return not self.arrived and monotonic() - self.at < OPENING_SECONDS


def open_booking(booking_id: str, *, event_id: str) -> NoReturn:
    """Shows the booking's page."""
    st.session_state[_OPENED] = _Opened(booking_id, event_id, monotonic())
    _go_to(booking_id)


def booking_asked_for() -> str:
    """Returns the id of the booking that the address names; an empty text if it names none. For the booking's page."""
    wanted = booking_in_address() or st.query_params.get("id", "")
    opened = _last_opened()
    if opened is None:
        return wanted
    opened.arrived = True
    if not wanted or wanted != opened.event_id:
        return wanted
    st.query_params["id"] = opened.booking_id
    return opened.booking_id


def event_asked_for() -> str:
    """Returns the id of the event that the address names; an empty text if it names none. For the event's page.

    Shows the booking instead if that was being opened.
    """
    wanted = st.query_params.get("id", "")
    opened = _last_opened()
    if opened is not None and (wanted == opened.booking_id or (wanted == opened.event_id and opened.is_on_its_way)):
        _go_to(opened.booking_id)
    return wanted


def _last_opened() -> _Opened | None:
    found: _Opened | None = st.session_state.get(_OPENED)
    return found


def _go_to(booking_id: str) -> NoReturn:
    st.switch_page(PAGE, query_params={"id": booking_id})
