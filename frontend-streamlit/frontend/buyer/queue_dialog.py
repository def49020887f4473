"""The dialog after a click on a taken seat: it says whose the seat is and offers its queue."""

import streamlit as st

from frontend.api.models import Event, Sale, Seat, WaitlistEntry
from frontend.buyer.own_seats import forget_own_seats, own_seats
from frontend.events.sales import sales_sentence
from frontend.forms.attempt import attempt, finish
from frontend.page.dialogs import dismiss_dialog, rerun_here
from frontend.page.failures import show_failure_of
from frontend.session.session import ask_to_sign_in, client, current_user, venue_clock
from frontend.widgets.ui import plain
from frontend.wording.formatting import money, seat_name
from frontend.wording.states import QUEUE_CLOSES

TAKEN_SEAT = "taken-seat"
NO_QUEUE = "One can queue for a seat only while the event is on sale."


def ask_about_taken_seat(event: Event, seat: Seat) -> None:
    """Opens the dialog about the seat that the viewer clicked."""

    @st.dialog(plain(seat_name(seat)), on_dismiss=dismiss_dialog)
    def dialog() -> None:
        own = own_seats(event.id)
        booking, entry = own.bookings.get(seat.id), own.entries.get(seat.id)
        if booking is not None:
            st.markdown("This seat is already yours.")
            st.page_link("app_pages/booking.py", label="To the booking", query_params={"id": booking.id})
        elif entry is not None:
            show_place(entry)
        elif event.status is Sale.ON_SALE:
            offer_place(event, seat)
        else:
            why = plain(sales_sentence(event, venue_clock(event)))
            st.markdown(f"Somebody else has this seat. {why} {NO_QUEUE}")

    dialog()


def offer_place(event: Event, seat: Seat) -> None:
    """Explains the queue and lets the viewer join it."""
    price = money(seat.price, event.currency)
    st.markdown(
        f"Somebody else has this seat ({price}). **You can queue for it:** if it is given back, the first in line "
        "is offered it and has some minutes to pay. Queueing is free, and you can leave at any time. "
        f"{QUEUE_CLOSES}"
    )
    key = f"join:{seat.id}"
    if current_user() is None:
        if st.button("Join the queue", type="primary", icon=":material/group_add:"):
            ask_to_sign_in("Sign in to queue for a seat.", "app_pages/event.py", {"id": event.id})
        return
    api = client()
    joined = attempt(
        "Join the queue", lambda: api.join_queue(seat.id), key=key, type="primary", icon=":material/group_add:"
    )
    show_failure_of(key)
    if joined:
        # The next run alone shows the position: a second click may have started that run beside this one.
        forget_own_seats()
        finish(key)
        rerun_here()


def show_place(entry: WaitlistEntry) -> None:
    """Shows the viewer's position."""
    if entry.position is not None:
        st.success(f"You are **number {entry.position}** in line for this seat.", icon=":material/group:")
    else:
        st.success("It is your turn: this seat is offered to you.", icon=":material/celebration:")
    st.markdown("We tell you here and by email as soon as it is your turn.")
    st.page_link("app_pages/queue.py", label="To my queue", icon=":material/group:")
