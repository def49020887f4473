"""Everybody's bookings, for staff."""

import streamlit as st

from frontend.bookings.booking_list import booking_row, paged_bookings, status_filter
from frontend.session.session import require_staff

PAGE = "app_pages/staff_bookings.py"


def main() -> None:
    """Shows the page."""
    require_staff(PAGE)
    st.title("All bookings")
    booking_id = st.text_input("Booking number", placeholder="Open a booking by its number", max_chars=36)
    if booking_id.strip():
        st.switch_page("app_pages/booking.py", query_params={"id": booking_id.strip()})
    status = status_filter()
    bookings = paged_bookings(status, key="all-bookings")
    if not bookings:
        st.info("No bookings.", icon=":material/list_alt:")
    for booking in bookings:
        booking_row(booking)


main()
