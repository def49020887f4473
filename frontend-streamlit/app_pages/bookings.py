"""The bookings of the signed-in person, including failed ones."""

import streamlit as st

from frontend.bookings.booking_list import booking_in_address, booking_row, paged_bookings, status_filter
from frontend.session.session import require_user
from frontend.wording.formatting import count

PAGE = "app_pages/bookings.py"


def main() -> None:
    """Shows the page."""
    named = booking_in_address()
    if named:
        st.switch_page("app_pages/booking.py", query_params={"id": named})
    me = require_user("Sign in to see your bookings.", PAGE)
    st.title("My bookings")
    status = status_filter()
    bookings = paged_bookings(status, key="my-bookings", user_id=me.id)
    if not bookings:
        st.info("Nothing here yet.", icon=":material/receipt_long:")
        st.page_link("app_pages/events.py", label="Find an event", icon=":material/event:")
        return
    st.caption(count(len(bookings), "booking"))
    for booking in bookings:
        booking_row(booking)


main()
