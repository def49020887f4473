"""Staff: events, their seats, and the end of their sale."""

import streamlit as st

from frontend import catalogue, staff_catalogue
from frontend.formatting import count, price_range
from frontend.models import Event
from frontend.remembered import Remembered
from frontend.sales import sales_of
from frontend.session import client, clock, require_staff
from frontend.staff_event_form import JUST_MADE, change_event_form, new_event_form
from frontend.staff_sale import sale_actions
from frontend.staff_seats import seat_editor
from frontend.ui import facts

PAGE = "app_pages/staff_events.py"
CHOSEN = "chosen-event"


def main() -> None:
    """Show the page."""
    require_staff(PAGE)
    st.title("Events & seats")
    remembered = Remembered()
    events = known_events(remembered)
    slugs = [organizer.slug for organizer in remembered.ask("organizers", lambda: client().organizers())]
    with st.expander("New event", icon=":material/add:"):
        new_event_form(slugs)
    if not events:
        st.info("There are no events yet.", icon=":material/event:")
        return
    event = choose(events)
    if event is None:
        return
    overview(event)
    details_tab, seats_tab, sale_tab = st.tabs(["Details", "Seats", "Close or cancel"])
    with details_tab:
        change_event_form(event, slugs)
    with seats_tab:
        seat_editor(event)
    with sale_tab:
        sale_actions(event)


def known_events(remembered: Remembered) -> list[Event]:
    """All events; asked anew when the address names one that is not among them, since it may be new."""
    events = remembered.ask("staff-events", staff_catalogue.all_events)
    wanted = st.query_params.get("event")
    if wanted is None or CHOSEN in st.session_state or any(event.id == wanted for event in events):
        return events
    catalogue.forget()
    return remembered.ask("staff-events", staff_catalogue.all_events)


def choose(events: list[Event]) -> Event | None:
    """The event to work on, which stays chosen in the address; None if the address names one that does not exist."""
    by_id = {event.id: event for event in events}
    wanted = st.session_state.pop(JUST_MADE, None) or st.session_state.get(CHOSEN) or st.query_params.get("event")
    if wanted is None or wanted in by_id:
        st.session_state[CHOSEN] = wanted or events[0].id
    else:
        st.session_state.pop(CHOSEN, None)
        st.info("The event that was chosen does not exist any more. Please choose one.", icon=":material/search_off:")
    viewer = clock()
    chosen = st.selectbox(
        "Event",
        list(by_id),
        index=0 if CHOSEN in st.session_state else None,
        placeholder="Choose one",
        format_func=lambda event_id: f"{by_id[event_id].name} · {viewer.day(by_id[event_id].starts_at)}",
        key=CHOSEN,
    )
    if chosen is None:
        return None
    if st.query_params.get("event") != chosen:
        st.query_params["event"] = chosen
    return by_id[chosen]


def overview(event: Event) -> None:
    """The event in numbers."""
    seats = event.seats
    facts(
        {
            "Sale": sales_of(event).label,
            "Starts": clock().moment(event.starts_at),
            "Organizer": event.organizer.name or event.organizer.slug if event.organizer else "",
            "Seats": count(seats.total, "seat") if seats else "",
            "Open": f"{seats.open:,}" if seats else "",
            "On going": f"{seats.on_going:,}" if seats else "",
            "Booked": f"{seats.booked:,}" if seats else "",
            "Prices": price_range(event.price_from, event.price_to, event.currency),
        }
    )


main()
