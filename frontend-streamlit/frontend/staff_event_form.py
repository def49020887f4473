"""Staff's forms for a new event and for changing one."""

from datetime import UTC, date, datetime, time, timedelta

import streamlit as st

from frontend import catalogue
from frontend.api_client import EventDraft
from frontend.errors import Refused, ServiceUnreachable
from frontend.failures import show_refusal
from frontend.models import Event
from frontend.session import client, clock


def new_event_form(organizers: list[str]) -> None:
    """Ask for everything that an event needs, and create it."""
    with st.form("new-event", border=False):
        draft = _fields(None, organizers, key="new")
        if not st.form_submit_button("Create event", type="primary"):
            return
    try:
        event = client().create_event(draft)
    except (Refused, ServiceUnreachable) as error:
        show_refusal(error)
        return
    catalogue.forget()
    st.query_params["event"] = event.id
    st.toast("Event created. Now add its seats.", icon=":material/check:")
    st.rerun()


def change_event_form(event: Event, organizers: list[str]) -> None:
    """Change an event's particulars."""
    with st.form(f"event:{event.id}", border=False):
        draft = _fields(event, organizers, key=event.id)
        if not st.form_submit_button("Save changes", type="primary"):
            return
    try:
        client().change_event(event.id, draft)
    except (Refused, ServiceUnreachable) as error:
        show_refusal(error)
        return
    catalogue.forget()
    st.toast("Saved.", icon=":material/check:")
    st.rerun()


def _fields(event: Event | None, organizers: list[str], *, key: str) -> EventDraft:
    name = st.text_input("Name", value=event.name if event else "", max_chars=200, key=f"name:{key}")
    venue = st.text_input("Venue", value=event.venue if event else "", max_chars=200, key=f"venue:{key}")
    description = st.text_area(
        "Description", value=event.description if event else "", max_chars=5000, key=f"description:{key}"
    )
    slug = event.organizer.slug if event and event.organizer else None
    organizer_column, currency_column = st.columns([3, 1])
    organizer = organizer_column.selectbox(
        "Organizer",
        organizers,
        index=organizers.index(slug) if slug in organizers else None,
        placeholder="Choose one",
        key=f"organizer:{key}",
    )
    currency = currency_column.text_input(
        "Currency", value=event.currency if event else "IDR", max_chars=3, key=f"currency:{key}"
    )
    now = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    starts_at = _moment("Starts", event.starts_at if event else now + timedelta(days=30), key=f"starts:{key}")
    opens_at = _moment("Sale opens", event.sales_open_at if event else now, key=f"opens:{key}")
    closes_at = _moment("Sale closes", event.sales_close_at if event else now + timedelta(days=30), key=f"closes:{key}")
    return EventDraft(
        name=name.strip(),
        venue=venue.strip(),
        description=description.strip(),
        starts_at=starts_at,
        sales_open_at=opens_at,
        sales_close_at=closes_at,
        organizer=(organizer or "").strip(),
        currency=currency.strip().upper(),
    )


def _moment(label: str, value: datetime | None, *, key: str) -> datetime:
    zone = clock().zone
    local = (value or datetime.now(UTC)).astimezone(zone)
    day_column, time_column = st.columns(2)
    day: date = day_column.date_input(label, value=local.date(), key=f"{key}:day")
    hour: time = time_column.time_input(
        f"{label}, time ({clock().zone_name(local)})", value=local.time(), step=timedelta(minutes=15), key=f"{key}:time"
    )
    return datetime.combine(day, hour, tzinfo=zone)
