"""The viewer's waitlist entries, live, the offers made to them, and what became of these."""

from datetime import UTC, datetime, timedelta

import streamlit as st

from frontend.api.errors import ClientError
from frontend.api.models import Booking, BookingStatus, WaitlistEntry, WaitlistStatus
from frontend.buyer.own_seats import forget_own_seats
from frontend.forms.attempt import attempt, finish
from frontend.page.dialogs import rerun_here
from frontend.page.failures import show_failure_of, show_failures_in_place
from frontend.session.session import client, require_user, venue_clock
from frontend.widgets.components import countdown
from frontend.widgets.ui import payment_link, plain, status_badge
from frontend.wording.formatting import ago, money, seat_name
from frontend.wording.states import QUEUE_CLOSES, WAITLIST

REFRESH_SECONDS = 4
# Afterwards, the outcome of an offer is folded away with all else that has ended.
OUTCOME_SHOWN = timedelta(days=1)
PAGE = "app_pages/queue.py"


def main() -> None:
    """Shows the page."""
    require_user("Sign in to see your places in line.", PAGE)
    st.title("My queue")
    st.caption(
        "Places in line for seats that somebody else has. The first in line gets the seat when it is given back. "
        f"{QUEUE_CLOSES}"
    )
    live_entries()


@st.fragment(run_every=REFRESH_SECONDS)
@show_failures_in_place
def live_entries() -> None:
    """Shows offers first, then waiting entries, then the outcomes of recent offers, then all else that has ended."""
    entries = client().my_queue()
    if not entries:
        st.info(
            "You are in no queue. On an event's seat map, select a taken seat to queue for it.", icon=":material/group:"
        )
        st.page_link("app_pages/events.py", label="Find an event", icon=":material/event:")
        return
    live = [entry for entry in entries if entry.status.is_live]
    for entry in sorted(live, key=lambda e: (e.status is not WaitlistStatus.OFFERED, e.joined_at)):
        show_entry(entry)
    if not live:
        st.info("You are in no queue now.", icon=":material/group:")
    outcomes = sorted(filter(is_recent_outcome, entries), key=ended_at, reverse=True)
    if outcomes:
        st.header("What became of your offers" if len(outcomes) > 1 else "What became of your offer")
        for entry in outcomes:
            show_entry(entry)
    ended = [entry for entry in entries if not entry.status.is_live and entry not in outcomes]
    if ended:
        with st.expander(f"Ended ({len(ended)})"):
            for entry in ended:
                show_entry(entry)


def is_recent_outcome(entry: WaitlistEntry) -> bool:
    """Returns whether the entry led to an offer that was taken or lost a short time ago."""
    has_ended = not entry.status.is_live and entry.booking_id is not None
    return has_ended and datetime.now(UTC) - ended_at(entry) < OUTCOME_SHOWN


def ended_at(entry: WaitlistEntry) -> datetime:
    """Returns when an entry that has ended did so."""
    return entry.updated_at or entry.joined_at


def show_entry(entry: WaitlistEntry) -> None:
    """Shows one waitlist entry."""
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
            st.markdown(f"**{plain(entry.event.name)}**", width="content")
            status_badge(WAITLIST[entry.status])
        when = f" · {venue_clock(entry.event).moment(entry.event.starts_at)}" if entry.event.starts_at else ""
        price = money(entry.seat.price, entry.event.currency)
        st.markdown(plain(f"{seat_name(entry.seat)} · {price}{when}"))
        if entry.status is WaitlistStatus.WAITING:
            show_waiting(entry)
        elif entry.status is WaitlistStatus.OFFERED:
            show_offer(entry)
        elif entry.booking_id:
            st.markdown(plain(WAITLIST[entry.status].sentence))
            st.page_link("app_pages/booking.py", label="See booking", query_params={"id": entry.booking_id})


def show_waiting(entry: WaitlistEntry) -> None:
    """Shows the position and the button to leave."""
    place = f"**Number {entry.position} in line**" if entry.position else "**In line**"
    st.markdown(f"{place} · joined {ago(entry.joined_at)}")
    api, key = client(), f"leave:{entry.id}"
    with st.popover("Leave the queue", icon=":material/logout:"):
        # The viewer cannot get a position back, so one click is not enough.
        st.markdown("You lose your place. If you come back, you queue behind all the others.")
        left = attempt("Yes, leave the queue", lambda: api.leave_queue(entry.id), key=key)
        show_failure_of(key)
    if left:
        finish(key)
        forget_own_seats()
        st.toast("You left the queue.", icon=":material/logout:")
        rerun_here()


def show_offer(entry: WaitlistEntry) -> None:
    """Shows the offered seat, the time that is left, and the links to pay or to cancel."""
    booking = offered_booking(entry)
    expires_at = entry.offer_expires_at or (booking.hold_expires_at if booking else None)
    if booking is not None and booking.status is BookingStatus.BOOKED:
        # The entry ends a moment after its booking is paid.
        st.markdown(plain(WAITLIST[WaitlistStatus.FULFILLED].sentence))
    elif expires_at is None or booking is None or booking.payment_url is None:
        st.markdown(
            "The seat has passed to you. We are asking the organizer to hold it; the payment link appears in a moment."
        )
    elif expires_at > datetime.now(UTC):
        whole = int((expires_at - (entry.updated_at or entry.joined_at)).total_seconds())
        countdown("Yours if you pay within", expires_at, whole_seconds=whole, key=f"offer:{entry.id}")
    with st.container(horizontal=True):
        if booking is not None:
            payment_link(booking)
        if entry.booking_id:
            st.page_link("app_pages/booking.py", label="See or cancel", query_params={"id": entry.booking_id})


def offered_booking(entry: WaitlistEntry) -> Booking | None:
    """Returns the booking of the offer; None while it is unknown."""
    if entry.booking_id is None:
        return None
    try:
        return client().booking(entry.booking_id)
    except ClientError:
        return None


main()
