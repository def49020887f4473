"""Events, their seats and their sale, for staff."""

import streamlit as st

from frontend.api.models import Event
from frontend.events.sales import LABELS
from frontend.session.session import client, require_staff, venue_clock
from frontend.staff.event_choice import choose_event, known_events
from frontend.staff.event_form import change_event_form, new_event_form
from frontend.staff.sale import sale_actions
from frontend.staff.seats import seat_editor
from frontend.widgets.ui import facts
from frontend.wording.formatting import count, price_range

PAGE = "app_pages/staff_events.py"


def main() -> None:
    """Shows the page."""
    require_staff(PAGE)
    st.title("Events & seats")
    events = known_events()
    slugs = [organizer.slug for organizer in client().organizers()]
    with st.expander("New event", icon=":material/add:"):
        new_event_form(slugs)
    event = choose_event(events)
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


def overview(event: Event) -> None:
    """Shows the numbers of the event."""
    seats = event.seats
    facts(
        {
            "Sale": LABELS[event.status],
            "Starts": venue_clock(event).moment(event.starts_at),
            "Organizer": event.organizer.name or event.organizer.slug if event.organizer else "",
            "Seats": count(seats.total, "seat") if seats else "",
            "Open": f"{seats.open:,}" if seats else "",
            "On going": f"{seats.on_going:,}" if seats else "",
            "Booked": f"{seats.booked:,}" if seats else "",
            "Prices": price_range(event.price_from, event.price_to, event.currency),
        }
    )


main()
