"""One event: its seat map, the seats one chooses, and the queue for a taken one."""

from collections.abc import Callable

import streamlit as st

from frontend import catalogue
from frontend.choice import Choice, choice_of
from frontend.dialogs import dialog_subject, open_dialog, rerun_here
from frontend.errors import ClientError, Refused, ServiceUnreachable
from frontend.failures import calm, sentence
from frontend.formatting import count, money, seat_short
from frontend.mine import forget_mine, mine
from frontend.models import Event, Seat
from frontend.queue_dialog import TAKEN_SEAT, ask_about_taken_seat
from frontend.sales import Sales, sales_of, sales_sentence
from frontend.seat_map import MOST_SEATS, SeatMap, show_seat_map
from frontend.session import ask_to_sign_in, client, clock, current_user
from frontend.ui import event_banner, plain

REFRESH_SECONDS = 4
PAGE = "app_pages/event.py"
JUST_WANTED = "just-wanted"


def main() -> None:
    """Show the page."""
    event_id = st.query_params.get("id", "")
    if not event_id:
        st.switch_page("app_pages/events.py")
    event = catalogue.event(event_id)
    st.page_link("app_pages/events.py", label="All events", icon=":material/arrow_back:")
    event_banner(event, clock())
    if event.description:
        st.markdown(plain(event.description))
    sales = sales_of(event)
    if sales is not Sales.ON:
        st.info(sales_sentence(event, sales, clock()), icon=":material/info:")
    live_map(event, sales)
    wanted = dialog_subject(TAKEN_SEAT)
    if isinstance(wanted, Seat):
        ask_about_taken_seat(event, wanted)


@st.fragment(run_every=REFRESH_SECONDS)
@calm
def live_map(event: Event, sales: Sales) -> None:
    """The map with the present state of every seat, and the bar below it."""
    choice = choice_of(event.id)
    own = mine(event.id)
    seat_map = catalogue.seat_map(event.id, event.currency)
    if not seat_map.seats:
        st.info("The seats of this event are not published yet.", icon=":material/event_seat:")
        return
    seat_map = seat_map.for_viewer(mine=own.bookings, queued=own.entries)
    chosen = seat_map.still_open(choice.seat_ids)
    if choice.keep([seat.id for seat in chosen]):
        st.toast("A seat you had chosen has just been taken.", icon=":material/info:")
    key = f"map:{event.id}"
    show_seat_map(
        seat_map,
        key=key,
        selected=choice.seat_ids,
        revision=choice.revision,
        on_selection=_selection_taker(choice, seat_map, key),
        on_wanted=_wanted_taker(seat_map, key),
    )
    if st.session_state.pop(JUST_WANTED, False):
        # The dialog is shown by the page itself, not by this fragment.
        st.rerun()
    with st.bottom:
        show_bar(event, sales, choice, chosen)


def _selection_taker(choice: Choice, seat_map: SeatMap, key: str) -> Callable[[], None]:
    def take() -> None:
        choice.take([seat.id for seat in seat_map.chosen(st.session_state[key].get("selection"))])

    return take


def _wanted_taker(seat_map: SeatMap, key: str) -> Callable[[], None]:
    def take() -> None:
        seat = seat_map.wanted(st.session_state[key].get("wanted"))
        if seat is not None:
            open_dialog(TAKEN_SEAT, seat)
            st.session_state[JUST_WANTED] = True

    return take


def show_bar(event: Event, sales: Sales, choice: Choice, chosen: list[Seat]) -> None:
    """The chosen seats, their total, and the button that books them."""
    if choice.message:
        st.error(plain(choice.message), icon=":material/error:")
        if choice.failed_booking_id:
            link = {"id": choice.failed_booking_id}
            st.page_link("app_pages/booking.py", label="See this booking in your history", query_params=link)
    if not chosen:
        st.markdown(f"**Choose up to {MOST_SEATS} seats.** Select a taken seat to queue for it.")
        return
    total = money(sum(seat.price for seat in chosen), event.currency)
    names = ", ".join(seat_short(seat) for seat in chosen)
    st.markdown(f"**{count(len(chosen), 'seat')}, {total}** · {plain(names)}")
    with st.container(horizontal=True, vertical_alignment="center"):
        can_book = sales is Sales.ON
        if st.button(f"Book for {total}", type="primary", icon=":material/confirmation_number:", disabled=not can_book):
            book(event, choice, chosen)
        if st.button("Clear", icon=":material/close:"):
            choice.clear()
            rerun_here()


def book(event: Event, choice: Choice, chosen: list[Seat]) -> None:
    """Book the chosen seats, or say why not; the viewer stays on the map when they should choose again."""
    if current_user() is None:
        ask_to_sign_in("Sign in to book your seats. Your choice is kept.", PAGE, {"id": event.id})
    try:
        with st.spinner("Asking the organizer to hold your seats…"):
            booking = client().book(
                event_id=event.id, seat_ids=[seat.id for seat in chosen], idempotency_key=choice.attempt
            )
    except (Refused, ServiceUnreachable) as error:
        _remember_failure(choice, error)
    else:
        choice.clear()
        forget_mine()
        st.switch_page("app_pages/booking.py", query_params={"id": booking.id})
    catalogue.seat_map.clear(event.id, event.currency)
    rerun_here()


def _remember_failure(choice: Choice, error: ClientError) -> None:
    choice.message = sentence(error)
    if isinstance(error, Refused):
        # A definite no: asking for the same seats again is a new attempt. After a lost answer it is the same one.
        choice.failed_booking_id = error.problem.booking_id
        choice.new_attempt()


main()
