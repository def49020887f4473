"""The way from an event to a booking of it, found also while the browser still names the event.

A refresh of the event's page that the browser has sent meanwhile takes part in the run that shows the booking's page,
and brings its own address along: the event's id then stands where the booking's belongs.
"""

from typing import NoReturn

import streamlit as st

from frontend.bookings.booking_list import booking_in_address

PAGE = "app_pages/booking.py"
_CAME_FROM = "booking-opened-from"


def open_booking(booking_id: str, *, event_id: str) -> NoReturn:
    """Show the booking's page."""
    st.session_state[_CAME_FROM] = (event_id, booking_id)
    st.switch_page(PAGE, query_params={"id": booking_id})


def booking_asked_for() -> str:
    """The booking that the address names, empty if it names none."""
    wanted = booking_in_address() or st.query_params.get("id", "")
    event_id, booking_id = st.session_state.get(_CAME_FROM, ("", ""))
    if not wanted or wanted != event_id:
        return wanted
    st.query_params["id"] = booking_id
    return str(booking_id)
