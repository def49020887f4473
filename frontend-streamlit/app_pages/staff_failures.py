"""The latest failed bookings, counted by reason, for staff."""

from collections import Counter

import streamlit as st

from frontend.api.models import BookingStatus
from frontend.bookings.booking_list import booking_row, paged_bookings
from frontend.session.session import require_staff
from frontend.wording.formatting import count
from frontend.wording.states import failure_label

PAGE = "app_pages/staff_failures.py"


def main() -> None:
    """Shows the page."""
    require_staff(PAGE)
    st.title("Failures")
    failed = paged_bookings(BookingStatus.FAILED, key="failures")
    if not failed:
        st.success("No booking has failed.", icon=":material/check_circle:")
        return
    reasons = Counter(failure_label(booking.failure_reason) for booking in failed)
    st.caption(f"The latest {count(len(failed), 'failed booking')}, by reason")
    with st.container(horizontal=True):
        for reason, number in reasons.most_common():
            st.metric(reason, number, border=True, width="content")
    chosen = st.pills("Reason", [reason for reason, _ in reasons.most_common()], label_visibility="collapsed")
    for booking in failed:
        if chosen in (None, failure_label(booking.failure_reason)):
            booking_row(booking)


main()
