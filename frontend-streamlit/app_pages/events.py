"""All events, with search and order, and a card for each event."""

import streamlit as st

from frontend.api.models import Event, Sale
from frontend.bookings.booking_list import booking_in_address
from frontend.events import catalogue
from frontend.events.sales import LABELS
from frontend.session.session import venue_clock
from frontend.widgets.ui import event_card_head
from frontend.wording.formatting import count

ORDERINGS = {
    "Soonest first": "starts_at",
    "Latest first": "-starts_at",
    "Name, A to Z": "name",
}
CARDS_IN_A_ROW = 3


def main() -> None:
    """Shows the page."""
    named = booking_in_address()
    if named:
        st.switch_page("app_pages/booking.py", query_params={"id": named})
    st.title("Find your event")
    search_column, order_column = st.columns([3, 1], vertical_alignment="bottom")
    search = search_column.text_input("Search", placeholder="Name or venue", icon=":material/search:", max_chars=100)
    order = order_column.selectbox("Order", list(ORDERINGS))
    cards(search.strip(), ORDERINGS[order])


def cards(search: str, ordering: str) -> None:
    """Shows as many pages of cards as the viewer has asked for."""
    wanted_key = f"event-pages:{search}:{ordering}"
    found: list[Event] = []
    cursor: str | None = None
    for _ in range(st.session_state.get(wanted_key, 1)):
        page = catalogue.events(search, ordering, cursor)
        found += page.items
        cursor = page.next_cursor
        if cursor is None:
            break
    if not found:
        st.info("No event matches your search." if search else "There are no events yet.", icon=":material/search_off:")
        return
    show_grid(found)
    if cursor is not None and st.button("Show more events", icon=":material/expand_more:"):
        st.session_state[wanted_key] = st.session_state.get(wanted_key, 1) + 1
        st.rerun()


def show_grid(found: list[Event]) -> None:
    """Shows cards side by side; on a phone, one below the other."""
    for start in range(0, len(found), CARDS_IN_A_ROW):
        columns = st.columns(CARDS_IN_A_ROW)
        for column, event in zip(columns, found[start : start + CARDS_IN_A_ROW], strict=False):
            with column.container(border=True, height="stretch"):
                show_card(event)


def show_card(event: Event) -> None:
    """Shows one event with the link to its seats."""
    event_card_head(event, venue_clock(event))
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.page_link(
            "app_pages/event.py",
            label="**Choose seats**" if event.status is Sale.ON_SALE else "**See event**",
            icon=":material/event_seat:",
            query_params={"id": event.id},
        )
        if event.status is not Sale.ON_SALE:
            st.badge(LABELS[event.status], color="gray")
        elif event.seats is not None and event.seats.total:
            show_availability(event.seats.open)


def show_availability(open_seats: int) -> None:
    """Shows how many seats are left."""
    if open_seats == 0:
        st.badge("Sold out – queue open", color="orange")
    else:
        st.badge(count(open_seats, "seat") + " left", color="green")


main()
