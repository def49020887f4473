"""What the menu shows beside the names of pages: the number of unread messages, and offers to the viewer."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime

import streamlit as st

from frontend.api.errors import ClientError, SessionExpired
from frontend.api.models import Booking, BookingStatus
from frontend.page.failures import show_failures_in_place
from frontend.page.page_change import current_page
from frontend.session import session
from frontend.widgets.components import countdown
from frontend.widgets.ui import plain
from frontend.wording.formatting import count, seat_short

LOOK_SECONDS = 20
"""A page that stays open looks so often: an offer holds for minutes."""
KEPT_SECONDS = 4
EVENT_PAGE = "app_pages/event.py"
QUEUE_PAGE = "app_pages/queue.py"
BOOKING_PAGE = "app_pages/booking.py"
_BADGES = "menu-badges"
_DRAWN = "menu-drawn"


@dataclass(frozen=True)
class Badges:
    """The numbers for the menu. `offers` are bookings that came from a queue and can be paid now, the most urgent one
    first.
    """

    unread: int = 0
    offers: tuple[Booking, ...] = ()

    @property
    def titles(self) -> tuple[str, str]:
        """Returns the titles of queue and messages in the menu."""
        offers, unread = count(len(self.open_offers), "offer"), self.unread
        return (
            f"My queue ({offers})" if self.open_offers else "My queue",
            f"Messages ({unread})" if unread else "Messages",
        )

    @property
    def open_offers(self) -> tuple[Booking, ...]:
        """Returns the offers whose time is not over."""
        now = datetime.now(UTC)
        return tuple(each for each in self.offers if each.hold_expires_at is not None and each.hold_expires_at > now)


def badges() -> Badges:
    """Returns the signed-in person's numbers, a few seconds old at most; empty if the service does not answer.

    Raises SessionExpired.
    """
    known: tuple[float, Badges] | None = st.session_state.get(_BADGES)
    if known is None or time.monotonic() > known[0]:
        known = (time.monotonic() + KEPT_SECONDS, _ask())
        st.session_state[_BADGES] = known
    return known[1]


def forget_badges() -> None:
    """Forgets the numbers, after the viewer changed something."""
    st.session_state.pop(_BADGES, None)


def drawn_titles() -> tuple[str, str]:
    """Returns the titles for the menu of this run."""
    try:
        titles = badges().titles
    except SessionExpired:
        # The page itself says so, if it needs a sign-in.
        titles = Badges().titles
        st.session_state[_BADGES] = (time.monotonic() + KEPT_SECONDS, Badges())
    st.session_state[_DRAWN] = titles
    return titles


@st.fragment(run_every=LOOK_SECONDS)
@show_failures_in_place
def refresh_badges() -> None:
    """Shows on every page that a seat is offered, and redraws the menu when its numbers have changed."""
    try:
        present = badges()
    except SessionExpired:
        # A seat map asks the service for nothing, so that its page notices only here that the sign-in has ended.
        if current_page() == EVENT_PAGE:
            raise
        return
    if present.titles != st.session_state.get(_DRAWN):
        st.rerun()
    offers = present.open_offers
    if offers and not _is_about(offers[0]):
        show_urgent_offer(offers[0], others=len(offers) - 1)


def show_urgent_offer(offer: Booking, *, others: int) -> None:
    """Shows the most urgent offer with the time that is left and the link to it."""
    if offer.hold_expires_at is None:
        return
    seats = ", ".join(seat_short(seat) for seat in offer.seats)
    more = f" (and {others} more)" if others else ""
    whole = int((offer.hold_expires_at - offer.created_at).total_seconds())
    with st.container(key="offer", border=True):
        label = f"It is your turn: {seats}, {offer.title}{more}"
        countdown(label, offer.hold_expires_at, whole_seconds=whole, key=f"menu-offer:{offer.id}")
        st.page_link(QUEUE_PAGE, label=plain("See the offer"), icon=":material/celebration:")


def _is_about(offer: Booking) -> bool:
    """Returns whether the page itself shows the offer."""
    page = current_page()
    return page == QUEUE_PAGE or (page == BOOKING_PAGE and st.query_params.get("id") == offer.id)


def _ask() -> Badges:
    user = session.current_user()
    if user is None:
        return Badges()
    client = session.client()
    try:
        unread = len(client.notifications(unread_only=True))
        unpaid = client.bookings(status=BookingStatus.AWAITING_PAYMENT, user_id=user.id).items
    except SessionExpired:
        raise
    except ClientError:
        return Badges()
    offers = [booking for booking in unpaid if booking.origin == "WAITLIST" and booking.hold_expires_at is not None]
    return Badges(unread, tuple(sorted(offers, key=lambda each: each.hold_expires_at or each.created_at)))
