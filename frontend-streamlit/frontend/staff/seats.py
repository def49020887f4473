"""Staff's editor of an event's seats: blocks by layout, and single seats."""

from itertools import groupby

import streamlit as st

from frontend.api.drafts import SeatLayout
from frontend.api.models import Event, Seat, SeatStatus
from frontend.events import catalogue
from frontend.forms.fields import number_field, price_field, text_field
from frontend.forms.form import Form
from frontend.page.failures import show_failures_in_place
from frontend.session.session import client
from frontend.staff import fresh_catalogue
from frontend.staff.one_seat import edit_seat
from frontend.wording.formatting import count, money, price_range

MOST_IN_A_BLOCK = 5000
LONGEST_SECTION = 60


@show_failures_in_place
def seat_editor(event: Event) -> None:
    """Shows the sections, the form for a new block, and the form for one seat."""
    seats = catalogue.seats(event.id)
    section_table(seats, event.currency)
    st.header("Add a block of seats")
    add_block(event)
    if seats:
        st.header("One seat")
        edit_seat(event, seats)


def section_table(seats: list[Seat], currency: str) -> None:
    """Shows the sections with their seats and prices."""
    if not seats:
        st.info("This event has no seats yet.", icon=":material/event_seat:")
        return
    rows = []
    for section, grouped in groupby(seats, key=lambda seat: seat.section):
        members = list(grouped)
        prices = [seat.price for seat in members]
        states = {status: sum(seat.status is status for seat in members) for status in SeatStatus}
        rows.append(
            {
                "Section": section,
                "Price": price_range(min(prices), max(prices), currency),
                "Rows": len({seat.row for seat in members}),
                "Seats": len(members),
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


def _done(words: str) -> str:
    fresh_catalogue.forget_seats()
    return words
