"""Staff's editor of an event's seats: blocks by layout, and single seats."""

from itertools import groupby

import streamlit as st

from frontend.api.drafts import SeatLayout
from frontend.api.errors import unless_gone
from frontend.api.models import Event, Seat, SeatStatus
from frontend.events import catalogue
from frontend.events.seat_map import SeatMap
from frontend.forms.fields import number_field, text_field
from frontend.forms.form import Form
from frontend.page.failures import show_failures_in_place
from frontend.session.session import client
from frontend.staff import fresh_catalogue
from frontend.wording.formatting import count, money, price_range, seat_name

MOST_IN_A_BLOCK = 5000
LONGEST_SECTION = 60
HIGHEST_PRICE = 1_000_000_000_000


@show_failures_in_place
def seat_editor(event: Event) -> None:
    """Shows the sections, the form for a new block, and the form for one seat."""
    seat_map = catalogue.seat_map(event.id, event.currency)
    section_table(seat_map, event.currency)
    st.subheader("Add a block of seats")
    add_block(event)
    if seat_map.seats:
        st.subheader("One seat")
        edit_seat(event, seat_map)


def section_table(seat_map: SeatMap, currency: str) -> None:
    """Shows the sections with their seats and prices."""
    if not seat_map.seats:
        st.info("This event has no seats yet.", icon=":material/event_seat:")
        return
    rows = []
    for section, members in groupby(seat_map.seats, key=lambda seat: seat.section):
        seats = list(members)
        prices = [seat.price for seat in seats]
        states = {status: sum(seat.status is status for seat in seats) for status in SeatStatus}
        rows.append(
            {
                "Section": section,
                "Price": price_range(min(prices), max(prices), currency),
                "Rows": len({seat.row for seat in seats}),
                "Seats": len(seats),
                "Open": states[SeatStatus.OPEN],
                "On going": states[SeatStatus.ON_GOING],
                "Booked": states[SeatStatus.BOOKED],
            }
        )
    st.dataframe(rows, hide_index=True)


def add_block(event: Event) -> None:
    """Shows the form for a block, so many rows of so many seats at one price, with a preview."""
    form = Form(f"block:{event.id}")
    section_column, price_column = st.columns(2)
    with section_column:
        section = text_field(form, "section", "Section", value="Stalls", longest=LONGEST_SECTION)
    with price_column:
        price = price_field(form, f"Price in {event.currency}, minor units", value=250_000)
    rows_column, seats_column = st.columns(2)
    with rows_column:
        rows = number_field(form, "rows", "Rows", value=10, least=1, most=MOST_IN_A_BLOCK)
    with seats_column:
        seats_per_row = number_field(
            form, "seats_per_row", "Seats in each row", value=20, least=1, most=MOST_IN_A_BLOCK
        )
    total = rows * seats_per_row
    st.caption(f"Makes {count(total, 'seat')}, worth {money(price * total, event.currency)} together.")
    if total > MOST_IN_A_BLOCK:
        st.warning(f"At most {MOST_IN_A_BLOCK:,} seats in one block.", icon=":material/warning:")
    form.button("Add these seats", "Adding the seats…", disabled=total > MOST_IN_A_BLOCK, in_form=False)
    api = client()
    layout = SeatLayout(section=section, rows=rows, seats_per_row=seats_per_row, price=price)
    form.send(
        layout,
        lambda key: api.add_seats(event.id, layout, idempotency_key=key),
        lambda _: _done(f"{count(total, 'seat')} added."),
    )


def edit_seat(event: Event, seat_map: SeatMap) -> None:
    """Shows the form that changes the price of a seat or removes it."""
    by_id = {seat.id: seat for seat in seat_map.seats}
    chosen = st.selectbox(
        "Seat", list(by_id), format_func=lambda seat_id: _label(by_id[seat_id]), key=f"seat:{event.id}"
    )
    seat = by_id[chosen]
    price_form, removal = Form(f"price:{seat.id}"), Form(f"remove:{seat.id}")
    price = price_field(price_form, f"New price in {event.currency}, minor units", value=seat.price)
    st.caption(
        "A new price counts for the next buyer; who has the seat pays the old one. "
        "A seat can be removed only if nobody has ever booked it or queued for it."
    )
    row = st.container(horizontal=True)
    price_form.button(
        "Change price", "Changing the price…", disabled=price == seat.price, in_form=False, look="secondary", place=row
    )
    removal.button(
        "Remove seat",
        "Removing the seat…",
        disabled=seat.status is not SeatStatus.OPEN,
        in_form=False,
        look="secondary",
        icon=":material/delete:",
        place=row,
    )
    api = client()
    price_form.send(
        price,
        lambda _: api.change_seat(event.id, seat.id, {"price": price}),
        lambda _: _done("Price changed."),
    )
    removal.send(
        None,
        lambda _: unless_gone(lambda: api.delete_seat(event.id, seat.id)),
        lambda _: _done("Seat removed."),
    )


def price_field(form: Form, label: str, *, value: int) -> int:
    """Shows the field for a price in minor units of the event's currency."""
    return number_field(form, "price", label, value=value, least=0, most=HIGHEST_PRICE, step=5000)


def _label(seat: Seat) -> str:
    return f"{seat_name(seat)} · {seat.status.replace('_', ' ')}"


def _done(words: str) -> str:
    fresh_catalogue.forget_seats()
    return words
