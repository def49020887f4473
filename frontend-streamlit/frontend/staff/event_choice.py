"""The choice of the event that a member of staff works on; the page's address names it."""

import streamlit as st

from frontend.api.errors import Refused
from frontend.api.models import Event
from frontend.events import catalogue
from frontend.session.session import venue_clock
from frontend.staff import fresh_catalogue

CHOSEN = "chosen-event"
_JUST_MADE = "just-made-event"


def choose_next(event: Event) -> None:
    """Chooses this event for the next run of the page."""
    st.session_state[_JUST_MADE] = event.id


def known_events() -> list[Event]:
    """Returns all events and the one that the address names, which may be newer than the cached list."""
    events = fresh_catalogue.events_with_own_changes()
    wanted = st.query_params.get("event")
    if wanted is None or CHOSEN in st.session_state or any(event.id == wanted for event in events):
        return events
    try:
        fresh_catalogue.remember(catalogue.event(wanted))
    except Refused:
        return events
    return fresh_catalogue.events_with_own_changes()


def choose_event(events: list[Event]) -> Event | None:
    """Shows the choice and returns the event; None if there is none or the address names a missing one."""
    if not events:
        st.info("There are no events yet.", icon=":material/event:")
        return None
    by_id = {event.id: event for event in events}
    wanted = st.session_state.pop(_JUST_MADE, None) or st.session_state.get(CHOSEN) or st.query_params.get("event")
    if wanted is None or wanted in by_id:
        st.session_state[CHOSEN] = wanted or events[0].id
    else:
        st.session_state.pop(CHOSEN, None)
        st.info("The event that was chosen does not exist any more. Please choose one.", icon=":material/search_off:")
    chosen = st.selectbox(
        "Event",
        list(by_id),
        index=0 if CHOSEN in st.session_state else None,
        placeholder="Choose one",
        format_func=lambda event_id: _label(by_id[event_id]),
        key=CHOSEN,
    )
    if chosen is None:
        return None
    if st.query_params.get("event") != chosen:
        st.query_params["event"] = chosen
    return by_id[chosen]


def _label(event: Event) -> str:
    return f"{event.name} · {venue_clock(event).day(event.starts_at)}"
