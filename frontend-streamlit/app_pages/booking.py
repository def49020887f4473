"""One booking: its live state, payment, cancellation, document and timeline."""

from datetime import UTC, datetime
from html import escape

import streamlit as st

from frontend.api.errors import ClientError
from frontend.api.models import Booking, BookingStatus, TimelineStep
from frontend.bookings.open_booking import PAGE, booking_asked_for
from frontend.buyer.own_seats import forget_own_seats
from frontend.forms.attempt import attempt, finish
from frontend.page.dialogs import close_dialog, dialog_subject, dismiss_dialog, open_dialog
from frontend.page.failures import show_failure_of, show_failures_in_place
from frontend.page.tab import name_tab
from frontend.session.session import client, current_user, require_user, venue_clock
from frontend.widgets.components import countdown, document
from frontend.widgets.ui import booking_badge, facts, payment_link, plain
from frontend.wording.errors import sentence
from frontend.wording.formatting import Clock, count, money, seat_name
from frontend.wording.staff import consequence_for, document_title, is_somebody_elses, sentence_for
from frontend.wording.states import BOOKING

BACK = {
    False: ("app_pages/bookings.py", "My bookings"),
    True: ("app_pages/staff_bookings.py", "All bookings"),
}
CANCELLING = "cancelling"
MAKING_SECONDS = 1.0
WAITING_SECONDS = 2.5


def main() -> None:
    """Shows the page."""
    booking_id = booking_asked_for()
    if not booking_id:
        st.switch_page("app_pages/bookings.py")
    require_user("Sign in to see your booking.", PAGE, {"id": booking_id})
    booking = client().booking(booking_id)
    back_to, label = BACK[is_somebody_elses(booking, current_user())]
    name_tab(f"Booking: {booking.title}", ":material/receipt_long:")
    st.page_link(back_to, label=label, icon=":material/arrow_back:")
    st.title(plain(booking.title))
    st.fragment(live_state, run_every=polling_interval(booking))(booking)
    if booking.ticket_available:
        show_document(booking)
    show_timeline(booking)
    if booking.status.is_cancellable and dialog_subject(CANCELLING) == booking.id:
        confirm_cancel(booking)


def polling_interval(booking: Booking) -> float | None:
    """Returns the seconds between two refreshes: few while work is under way, None if nothing can change by itself."""
    if booking.status in {BookingStatus.REQUESTED, BookingStatus.HOLDING}:
        return MAKING_SECONDS
    if booking.status is BookingStatus.AWAITING_PAYMENT or booking.refund_status == "PENDING":
        return WAITING_SECONDS
    return None if booking.ticket_available else WAITING_SECONDS


@show_failures_in_place
def live_state(first: Booking) -> None:
    """Shows the state, the countdown and the actions; reloads the page when the state changes."""
    booking = client().booking(first.id)
    if shape(booking) != shape(first):
        forget_own_seats()
        st.rerun()
    wording = BOOKING[booking.status]
    with st.container(border=True):
        booking_badge(booking)
        st.markdown(f"## {plain(sentence_for(booking, current_user()))}")
        show_payment(booking)
        show_facts(booking)
        show_actions(booking)
    if wording.tone == "error" and not is_somebody_elses(booking, current_user()):
        st.page_link(
            "app_pages/event.py",
            label="Choose seats again",
            icon=":material/event_seat:",
            query_params={"id": booking.event.id},
        )


def shape(booking: Booking) -> tuple[object, ...]:
    """Returns the values that decide how the page looks."""
    return (booking.status, booking.ticket_available, booking.refund_status, booking.payment_url)


def show_payment(booking: Booking) -> None:
    """Shows the link to the payment page and the time that is left."""
    if booking.status is not BookingStatus.AWAITING_PAYMENT:
        return
    if booking.hold_expires_at is not None:
        whole = int((booking.hold_expires_at - (booking.updated_at or booking.created_at)).total_seconds())
        countdown("Time left to pay", booking.hold_expires_at, whole_seconds=whole, key=f"hold:{booking.id}")
        if booking.hold_expires_at <= datetime.now(UTC):
            st.caption("The time is up. If it has been paid, the outcome appears here in a moment.")
    if is_somebody_elses(booking, current_user()):
        return
    if payment_link(booking):
        st.caption("The payment page opens in a new tab. This page notices by itself when you have paid.")


def show_facts(booking: Booking) -> None:
    """Shows event, seats and amount."""
    event = booking.event
    venue = venue_clock(event)
    facts(
        {
            "When": venue.moment(event.starts_at) if event.starts_at else "",
            "Where": event.venue,
            count(len(booking.seats), "Seat"): "; ".join(seat_name(seat) for seat in booking.seats),
            "Amount": money(booking.amount, booking.currency) if booking.amount is not None else "",
            "Invoice": booking.invoice_number or "",
            "Asked for": venue.short(booking.created_at),
            "Came from": "The queue" if booking.origin == "WAITLIST" else "",
            "Booking number": booking.id,
            "Buyer": buyer(booking),
        }
    )


def buyer(booking: Booking) -> str:
    """Returns whose booking staff look at; an empty text for one's own booking."""
    if booking.user_id is None or not is_somebody_elses(booking, current_user()):
        return ""
    key = f"buyer:{booking.user_id}"
    if key not in st.session_state:
        user = client().user(booking.user_id)
        st.session_state[key] = f"{user.name} <{user.email}>"
    return str(st.session_state[key])


def show_actions(booking: Booking) -> None:
    """Shows the buttons that refresh and, where possible, cancel the booking."""
    api, key = client(), f"check:{booking.id}"
    with st.container(horizontal=True):
        checked = attempt("Check status now", lambda: api.refresh_booking(booking.id), key=key, icon=":material/sync:")
        if booking.status.is_cancellable and st.button("Cancel booking", icon=":material/cancel:"):
            open_dialog(CANCELLING, booking.id)
            st.rerun()
    show_failure_of(key)
    for fresh in checked:
        finish(key)
        if shape(fresh) != shape(booking):
            st.rerun()
        st.toast("Checked just now: this is the current state.", icon=":material/check:")


@st.dialog("Cancel this booking?", on_dismiss=dismiss_dialog)
def confirm_cancel(booking: Booking) -> None:
    """Says what cancelling does to money and seats, and cancels only after a confirmation."""
    api, key = client(), f"cancel:{booking.id}"
    st.markdown(plain(consequence_for(booking, current_user())))
    with st.container(horizontal=True):
        cancelled = attempt(
            "Yes, cancel it",
            lambda: api.cancel_booking(booking.id),
            key=key,
            type="primary",
            icon=":material/cancel:",
        )
        if st.button("Keep the booking"):
            close_dialog()
            st.rerun()
    show_failure_of(key)
    if cancelled:
        finish(key)
        close_dialog()
        forget_own_seats()
        st.rerun()


def show_document(booking: Booking) -> None:
    """Shows the PDF and the button that saves it."""
    is_ticket = booking.status is BookingStatus.BOOKED
    st.header(document_title(booking, current_user()))
    try:
        link = client().ticket(booking.id)
    except ClientError as error:
        st.info(plain(sentence(error)), icon=":material/picture_as_pdf:")
        return
    kind = "ticket" if is_ticket else "notice"
    document(link, filename=f"{kind}-{booking.id[:8]}.pdf", key=f"document:{booking.id}")


def show_timeline(booking: Booking) -> None:
    """Shows the timeline."""
    with st.expander("What happened, step by step", icon=":material/timeline:"):
        try:
            timeline = client().timeline(booking.id)
        except ClientError as error:
            st.info(plain(sentence(error)))
            return
        venue = venue_clock(booking.event)
        st.html('<ol class="steps">' + "".join(step_html(step, venue) for step in timeline.items) + "</ol>")
        if timeline.note:
            st.caption(plain(timeline.note))


def step_html(step: TimelineStep, venue: Clock) -> str:
    """Returns the HTML of one step of the timeline."""
    what = step.action.replace("_", " ").replace(".", " ").strip().capitalize()
    change = f" → <strong>{escape(readable(step.to_status))}</strong>" if step.to_status else ""
    who = " · ".join(part for part in (step.service, step.actor) if part)
    more = f"<br><small>{escape(step.detail)}</small>" if step.detail else ""
    when = f"<time>{escape(venue.precise(step.at))}</time>"
    return f"<li>{when}{escape(what)}{change} <small>({escape(who)})</small>{more}</li>"


def readable(status: str) -> str:
    """Returns the dashboard's words for a state; the state itself if the dashboard has none."""
    known = {each.value: wording.label for each, wording in BOOKING.items()}
    return known.get(status, status.replace("_", " ").lower())


main()
