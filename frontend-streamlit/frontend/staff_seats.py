"""Staff's editor of an event's seats: blocks by layout, single seats by hand."""

from itertools import groupby

import streamlit as st

from frontend import catalogue
from frontend.api_client import SeatLayout
from frontend.errors import Refused, ServiceUnreachable
from frontend.failures import show_refusal
from frontend.formatting import count, money, price_range, seat_name
from frontend.models import Event, Seat, SeatStatus
from frontend.seat_map import SeatMap
from frontend.session import client

MOST_IN_A_BLOCK = 5000


def seat_editor(event: Event) -> None:
    """What there is, a new block, and one seat at a time."""
    seat_map = catalogue.seat_map(event.id, event.currency)
    section_table(seat_map, event.currency)
    st.subheader("Add a block of seats")
    add_block(event)
    if seat_map.seats:
        st.subheader("One seat")
        edit_seat(event, seat_map)


def section_table(seat_map: SeatMap, currency: str) -> None:
    """The sections with their seats and prices."""
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
    """A layout: so many rows of so many seats at one price, with a preview of what it makes."""
    section_column, price_column = st.columns(2)
    section = section_column.text_input("Section", value="Stalls", max_chars=60)
    price = int(
        price_column.number_input(f"Price in {event.currency}, minor units", min_value=0, value=250_000, step=5000)
    )
    rows_column, seats_column = st.columns(2)
    rows = int(rows_column.number_input("Rows", min_value=1, max_value=MOST_IN_A_BLOCK, value=10))
    seats_per_row = int(
        seats_column.number_input("Seats in each row", min_value=1, max_value=MOST_IN_A_BLOCK, value=20)
    )
    total = rows * seats_per_row
    st.caption(f"Makes {count(total, 'seat')}, worth {money(price * total, event.currency)} together.")
    if total > MOST_IN_A_BLOCK:
        st.warning(f"At most {MOST_IN_A_BLOCK:,} seats in one block.", icon=":material/warning:")
    if not st.button("Add these seats", type="primary", icon=":material/add:", disabled=total > MOST_IN_A_BLOCK):
        return
    layout = SeatLayout(section=section.strip(), rows=rows, seats_per_row=seats_per_row, price=price)
    try:
        client().add_seats(event.id, layout)
    except (Refused, ServiceUnreachable) as error:
        show_refusal(error)
        return
    _done(f"{count(total, 'seat')} added.")


def edit_seat(event: Event, seat_map: SeatMap) -> None:
    """Change the price of a seat, or remove it."""
    index = st.selectbox("Seat", range(len(seat_map.seats)), format_func=lambda i: _label(seat_map.seats[i]))
    seat = seat_map.seats[index]
    price = int(
        st.number_input(
            f"New price in {event.currency}, minor units",
            min_value=0,
            value=seat.price,
            step=5000,
            key=f"price:{seat.id}",
        )
    )
    with st.container(horizontal=True):
        change = st.button("Change price", disabled=price == seat.price)
        remove = st.button("Remove seat", icon=":material/delete:", disabled=seat.status is not SeatStatus.OPEN)
    try:
        if change:
            client().change_seat(event.id, seat.id, {"price": price})
            _done("Price changed.")
        if remove:
            client().delete_seat(event.id, seat.id)
            _done("Seat removed.")
    except (Refused, ServiceUnreachable) as error:
        show_refusal(error)


def _label(seat: Seat) -> str:
    return f"{seat_name(seat)} · {seat.status.replace('_', ' ')}"


def _done(words: str) -> None:
    catalogue.forget()
    st.toast(words, icon=":material/check:")
    st.rerun()
