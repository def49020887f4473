"""The list of bookings with its filter, for buyers and staff."""

import streamlit as st

from frontend.api.models import Booking, BookingStatus
from frontend.session.session import client, current_user, venue_clock
from frontend.widgets.ui import booking_badge, plain
from frontend.wording.formatting import count, money, seat_short
from frontend.wording.staff import link_label, sentence_for
from frontend.wording.states import BOOKING, failure_label


def booking_in_address() -> str | None:
    """Returns the id of the booking that a link from elsewhere (the payment page, an e-mail) names."""
    return st.query_params.get("booking_id") or st.query_params.get("booking")


def status_filter() -> BookingStatus | None:
    """Shows the filter and returns the chosen state; None for all."""
    chosen: BookingStatus | None = st.pills(
        "State", list(BookingStatus), format_func=lambda status: BOOKING[status].label, label_visibility="collapsed"
    )
    return chosen


def paged_bookings(status: BookingStatus | None, *, key: str, user_id: str | None = None) -> list[Booking]:
    """Shows as many pages as the viewer has asked for and, if there are more, a button for the next page.

    Shows the bookings of `user_id`; without it, those that the service lists for the viewer: the own ones, or
    everybody's for staff.
    """
    pages_key = f"{key}-pages:{status}"
    found: list[Booking] = []
    cursor: str | None = None
    for _ in range(st.session_state.get(pages_key, 1)):
        page = client().bookings(status=status, user_id=user_id, cursor=cursor)
        found += page.items
        cursor = page.next_cursor
        if cursor is None:
            return found
    if st.button("Show more", icon=":material/expand_more:", key=f"{key}-more"):
        st.session_state[pages_key] = st.session_state.get(pages_key, 1) + 1
        st.rerun()
    return found


def booking_row(booking: Booking) -> None:
    """Shows one booking: event, seats, amount, state and reason."""
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
            st.markdown(f"**{plain(booking.title)}**", width="content")
            booking_badge(booking)
        st.markdown(_line(booking))
        if booking.status is not BookingStatus.BOOKED:
            st.caption(plain(sentence_for(booking, current_user())))
        st.page_link(
            "app_pages/booking.py",
            label=link_label(booking, current_user()),
            icon=":material/arrow_forward:",
            query_params={"id": booking.id},
        )


def _line(booking: Booking) -> str:
    venue = venue_clock(booking.event)
    parts = [
        venue.moment(booking.event.starts_at) if booking.event.starts_at else "",
        count(len(booking.seats), "seat") + ": " + ", ".join(seat_short(seat) for seat in booking.seats)
        if booking.seats
        else "",
        money(booking.amount, booking.currency) if booking.amount is not None else "",
        f"asked {venue.short(booking.created_at)}",
        failure_label(booking.failure_reason) if booking.failure_reason else "",
    ]
    return plain(" · ".join(part for part in parts if part))
