"""Opens a booking from its event's page, also while the browser still sends the event's address.

The browser may have sent a refresh of the event's page before it hears of the new page. Streamlit merges this refresh
into the run that shows the booking, with the old address: then the event's id stands where the booking's id belongs.
"""

from typing import NoReturn

import streamlit as st

from frontend.bookings.booking_list import booking_in_address

PAGE = "app_pages/booking.py"
_CAME_FROM = "booking-opened-from"


def open_booking(booking_id: str, *, event_id: str) -> NoReturn:
    """Shows the booking's page."""
    st.session_state[_CAME_FROM] = (event_id, booking_id)
    st.switch_page(PAGE, query_params={"id": booking_id})


def booking_asked_for() -> str:
    """Returns the id of the booking that the address names; an empty text if it names none."""
    wanted = booking_in_address() or st.query_params.get("id", "")
    event_id, booking_id = st.session_state.get(_CAME_FROM, ("", ""))
    if not wanted or wanted != event_id:
        return wanted
    st.query_params["id"] = booking_id
    return str(booking_id)
