"""Staff's form for one seat: its price, and its removal."""

import streamlit as st

from frontend.api.client import ApiClient
from frontend.api.errors import ChangedMeanwhile, unless_gone
from frontend.api.models import Event, Seat, SeatStatus
from frontend.forms.changed_meanwhile import Difference, difference, show_changed_meanwhile
from frontend.forms.fields import price_field
from frontend.forms.form import Form
from frontend.session.session import client
from frontend.staff import fresh_catalogue
from frontend.wording.formatting import money, seat_name


def edit_seat(event: Event, seats: list[Seat]) -> None:
    """Shows the form that changes the price of a seat or removes it."""
    by_id = {seat.id: seat for seat in seats}
    chosen = st.selectbox(
        "Seat", list(by_id), format_func=lambda seat_id: _label(by_id[seat_id]), key=f"seat:{event.id}"
    )
    seat = by_id[chosen]
    _price(event, seat)
    _removal(event, seat)


def _price(event: Event, seat: Seat) -> None:
    form = Form(f"price:{seat.id}")
    first, present = form.pinned(lambda: seat), form.present(Seat)
    price = price_field(form, f"New price in {event.currency}, minor units", value=first.price)
    st.caption("A new price counts for the next buyer; who has the seat pays the old one.")
    label = "Save over it" if present else "Change price"
    form.button(label, "Changing the price…", disabled=price == first.price, in_form=False, look="secondary")
    if present:
        show_changed_meanwhile(
            form,
            _differences(event, first, present, price),
            "**Save over it** sets your price.",
            take=fresh_catalogue.forget_seats,
        )
    version, api = (present or first).version, client()
    form.send(price, lambda _: _save_price(api, event.id, seat.id, price, version), lambda _: _done("Price changed."))


def _save_price(api: ApiClient, event_id: str, seat_id: str, price: int, version: int | None) -> None:
    try:
        api.change_seat(event_id, seat_id, {"price": price}, version=version)
    except ChangedMeanwhile as error:
        # With this price, the answer to an earlier try was lost.
        if error.present.price != price:
            raise


def _removal(event: Event, seat: Seat) -> None:
    form = Form(f"remove:{seat.id}")
    first, present = form.pinned(lambda: seat), form.present(Seat)
    st.caption("A seat can be removed only if nobody has ever booked it or queued for it.")
    form.button(
        "Remove it all the same" if present else "Remove seat",
        "Removing the seat…",
        disabled=seat.status is not SeatStatus.OPEN,
        in_form=False,
        look="secondary",
        icon=":material/delete:",
    )
    if present:
        show_changed_meanwhile(
            form,
            _differences(event, first, present, first.price),
            "**Remove it all the same** removes the seat as it is now.",
            take=fresh_catalogue.forget_seats,
        )
    version, api = (present or first).version, client()
    form.send(
        None,
        lambda _: unless_gone(lambda: api.delete_seat(event.id, seat.id, version=version)),
        lambda _: _done("Seat removed."),
    )


def _differences(event: Event, first: Seat, present: Seat, price: int) -> list[Difference]:
    before, mine, now = (money(amount, event.currency) for amount in (first.price, price, present.price))
    name = seat_name(first)
    return difference("Seat", name, name, seat_name(present)) + difference("Price", before, mine, now)


def _label(seat: Seat) -> str:
    return f"{seat_name(seat)} · {seat.status.replace('_', ' ')}"


def _done(words: str) -> str:
    fresh_catalogue.forget_seats()
    return words
