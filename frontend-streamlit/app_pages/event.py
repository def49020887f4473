"""One event: its seat map, the chosen seats, and the queue for a taken seat."""

from collections.abc import Mapping
from contextlib import suppress

import streamlit as st

from frontend.api.errors import ClientError
from frontend.api.models import Event, Sale, Seat
from frontend.bookings.open_booking import event_asked_for, open_booking
from frontend.buyer.best_seats import choose_best_seats, move_choice, show_best_seats, warning_of
from frontend.buyer.book_seats import end_request, follow_up, outcome_so_far, start_request
from frontend.buyer.choice import BookingRequest, Choice, choice_of
from frontend.buyer.choice_bar import bar_of
from frontend.buyer.outcome import ALL_BOOKINGS, MAP_CHANGED, Message
from frontend.buyer.own_seats import OwnSeats, forget_own_seats, last_own_seats, own_seats
from frontend.buyer.queue_dialog import TAKEN_SEAT, ask_about_taken_seat
from frontend.events import catalogue
from frontend.events.sales import CHOOSABLE, sales_sentence
from frontend.events.seat_map import SeatMap, show_seat_map
from frontend.page.dialogs import dialog_subject, open_dialog, rerun_here
from frontend.page.failures import show_failures_in_place
from frontend.page.tab import name_tab
from frontend.session.session import ask_to_sign_in, client, current_user, public_client, venue_clock
from frontend.settings import get_settings
from frontend.widgets.components import component_value, look_again
from frontend.widgets.ui import event_banner, plain

AGAIN_SECONDS = 4
PAGE = "app_pages/event.py"
BOOKINGS_PAGE = "app_pages/bookings.py"


def main() -> None:
    """Shows the page."""
    event_id = event_asked_for()
    if not event_id:
        st.switch_page("app_pages/events.py")
    event = catalogue.event(event_id)
    name_tab(event.name, ":material/event_seat:")
    st.page_link("app_pages/events.py", label="All events", icon=":material/arrow_back:")
    event_banner(event, venue_clock(event))
    if event.description:
        st.markdown(plain(event.description))
    if event.status is not Sale.ON_SALE:
        st.info(sales_sentence(event, venue_clock(event)), icon=":material/info:")
    live_map(event)
    wanted = dialog_subject(TAKEN_SEAT)
    if isinstance(wanted, Seat):
        ask_about_taken_seat(event, wanted)


@st.fragment
@show_failures_in_place
def live_map(shown: Event) -> None:
    """Shows the map and the bar; the browser keeps the map up to date, and looks again for one that is not there."""
    try:
        is_drawn = draw_map(shown)
    except ClientError:
        look_again(AGAIN_SECONDS, key=f"look:{shown.id}")
        raise
    if not is_drawn:
        look_again(AGAIN_SECONDS, key=f"look:{shown.id}")


def draw_map(shown: Event) -> bool:
    """Draws the map with the state of every seat, and the bar with the button Book below it. Returns False if the
    event has no seats yet.
    """
    choice = choice_of(shown.id)
    key, best_key = f"map:{shown.id}", f"best:{shown.id}"
    seen = choice.drawn or catalogue.seat_map(shown.id, shown.currency)
    read_browser(choice, shown.id, seen, key)
    move_choice(choice, seen, component_value(key, "move"))
    start_clicked_request(shown, choice)
    choose_best_seats(choice, shown, component_value(best_key, "asked"), public_client())
    look_up_chosen(choice, shown.id)
    event = catalogue.event(shown.id)
    if event.status is not shown.status:
        st.rerun()
    seat_map = choice.drawn = catalogue.seat_map(event.id, event.currency)
    if not seat_map.states:
        st.info("The seats of this event are not published yet.", icon=":material/event_seat:")
        return False
    own = own_seats(event.id)
    if event.status in CHOOSABLE:
        show_best_seats(choice, event, seat_map, key=best_key)
    draw(event, choice, seat_map, own, key)
    go_to_what_was_clicked(event, choice, key)
    show_progress_of_request(event, choice, own)
    return True


def read_browser(choice: Choice, event_id: str, seat_map: SeatMap, key: str) -> None:
    """Reads from the browser which seats are chosen, requested and asked about.

    Every run reads it, not a callback: Streamlit may end a run in the middle of a callback and does not repeat it.
    """
    selection = component_value(key, "selection")
    if isinstance(selection, Mapping) and selection.get("revision") == choice.revision:
        choice.take([seat.place for seat in seat_map.chosen(selection)])
    request = component_value(key, "request")
    if isinstance(request, Mapping):
        choice.receive(BookingRequest(str(request.get("id")), tuple(seat.place for seat in seat_map.named(request))))
    wanted = component_value(key, "wanted")
    if isinstance(wanted, Mapping) and wanted.get("id") != choice.asked_about:
        seat = seat_map.wanted(wanted)
        # The map has no ids, and a queue needs one.
        for found in public_client().seats_at(event_id, [seat.place]) if seat is not None else ():
            open_dialog(TAKEN_SEAT, found)
        choice.asked_about = str(wanted.get("id"))


def look_up_chosen(choice: Choice, event_id: str) -> None:
    """Looks the chosen seats up while the viewer still chooses, so that in an outage their ids are known."""
    chosen = frozenset(choice.places)
    if chosen and chosen != choice.looked_up:
        with suppress(ClientError):
            public_client().seats_at(event_id, chosen)
            choice.looked_up = chosen


def draw(event: Event, choice: Choice, seat_map: SeatMap, own: OwnSeats, key: str) -> None:
    """Draws the map and the bar for this viewer."""
    if choice.request is None and choice.recorded is None:
        choice.keep([seat.place for seat in seat_map.still_open(choice.places)])
    user = current_user()
    bar = bar_of(event, choice, user.id if user else "", venue_clock(event), warning_of(choice, seat_map))
    show_seat_map(
        seat_map,
        bar,
        key=key,
        changes_url=get_settings().map_changes_url(event.id),
        selected=choice.places,
        mine=own.booked_places,
        queued=own.queued_places,
    )


def go_to_what_was_clicked(event: Event, choice: Choice, key: str) -> None:
    """Opens the dialog about a clicked taken seat, or what a message in the bar links to."""
    target = component_value(key, "go")
    if target == ALL_BOOKINGS:
        st.switch_page(BOOKINGS_PAGE)
    if target:
        open_booking(str(target), event_id=event.id)
    if choice.shown_about != choice.asked_about:
        choice.shown_about = choice.asked_about
        # The page shows the dialog, not this fragment, so the whole page reruns.
        st.rerun()


def start_clicked_request(event: Event, choice: Choice) -> None:
    """Starts the request that Book has asked for, before the rest of the page waits for anything."""
    if choice.request is None:
        return
    if not choice.request.places:
        choice.answer(Message("error", MAP_CHANGED))
        return
    user = current_user()
    if user is None:
        choice.answer(None)
        ask_to_sign_in("Sign in to book your seats. Your choice is kept.", PAGE, {"id": event.id})
    start_request(choice, event.id, user.id, client(), last_own_seats(event.id))


def show_progress_of_request(event: Event, choice: Choice, own: OwnSeats) -> None:
    """Goes to the booking, or shows the outcome of the request below the map."""
    user = current_user()
    if user is None:
        return
    is_new = choice.request is not None
    outcome = outcome_so_far(choice) if is_new else follow_up(choice, event.id, user.id, client(), own)
    if outcome is None:
        return
    end_request(choice, outcome)
    forget_own_seats()
    catalogue.seat_map.clear(event.id, event.currency)
    if outcome.booking is not None:
        open_booking(outcome.booking.id, event_id=event.id)
    rerun_here()


main()
