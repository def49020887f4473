"""Staff's forms that create and change an event."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import streamlit as st
from servicekit.times import TIME_ZONES

from frontend.api.client import ApiClient
from frontend.api.drafts import EventChanges, EventDraft
from frontend.api.errors import ChangedMeanwhile
from frontend.api.models import Event
from frontend.events.sales import LABELS as SALES
from frontend.forms.changed_meanwhile import Difference, difference, show_changed_meanwhile
from frontend.forms.fields import LONGEST_DESCRIPTION, choice_field, long_text_field, moment_field, text_field
from frontend.forms.form import Form
from frontend.session.session import client, clock, venue_clock
from frontend.staff import fresh_catalogue
from frontend.staff.event_choice import choose_next

LABELS = {
    "name": "Name",
    "venue": "Venue",
    "time_zone": "Time zone",
    "description": "Description",
    "organizer": "Organizer",
    "currency": "Currency",
    "starts_at": "Starts",
    "sales_open_at": "Sale opens",
    "sales_close_at": "Sale closes",
}
Particulars = dict[str, object]
"""The values of an event's fields under the names of the contract."""


@dataclass(frozen=True)
class Beginning:
    """What a form showed at first; a value that still equals it was not edited."""

    draft: EventDraft
    zone: ZoneInfo
    event: Event | None = None


def new_event_form(organizers: list[str]) -> None:
    """Shows the form with everything that an event needs, and creates the event."""
    form = Form("new-event")
    first = form.pinned(lambda: Beginning(_empty(clock().zone), clock().zone))
    with st.form(form.key("form"), border=False):
        entered = _fields(form, first, organizers)
        form.button("Create event", "Creating the event…")
    api = client()
    form.send(entered, lambda key: api.create_event(EventDraft.model_validate(entered), idempotency_key=key), _created)


def _created(event: Event) -> str:
    fresh_catalogue.remember(event)
    choose_next(event)
    return "Event created. Now add its seats."


def change_event_form(event: Event, organizers: list[str]) -> None:
    """Shows the form that changes an event. It sends only what was edited, so that nothing else can change."""
    form = Form(f"event:{event.id}")
    zone = venue_clock(event).zone
    first = form.pinned(lambda: Beginning(_draft(event, zone.key), zone, event))
    present = form.present(Event)
    with st.form(form.key("form"), border=False):
        entered = _fields(form, first, organizers)
        form.button("Save over it" if present else "Save changes", "Saving…")
    changes = _differences(first.draft, entered)
    if present is None:
        _show_changes_of_others(form, first, _draft(event, zone.key))
    else:
        show_changed_meanwhile(
            form,
            differences_of_events(first.event or event, present, entered),
            "**Save over it** sends what you have edited; everything else stays as it is now.",
            take=lambda: fresh_catalogue.remember(present),
        )
    version = (present or first.event or event).version
    api = client()
    form.send(changes, lambda _: _save(api, event.id, changes, version) if changes else None, _saved)


def _save(api: ApiClient, event_id: str, changes: Particulars, version: int) -> Event:
    try:
        return api.change_event(event_id, EventChanges.model_validate(changes), version=version)
    except ChangedMeanwhile as error:
        present: Event = error.present
        if _differences(_draft(present, ""), changes):
            raise
        # The answer to an earlier try was lost: what was to be changed is as it was sent.
        return present


def differences_of_events(first: Event, present: Event, entered: Particulars | None = None) -> list[Difference]:
    """Returns the fields in which the event has changed since the form began with `first`."""
    zone = venue_clock(first).zone.key
    before, now = dict(_draft(first, zone)), dict(_draft(present, zone))
    mine = before | (entered or {})
    changed = [
        difference(label, _words(first, before[name]), _words(first, mine[name]), _words(first, now[name]))
        for name, label in LABELS.items()
    ]
    changed.append(difference("Sale", SALES[first.status], SALES[first.status], SALES[present.status]))
    return [each for found in changed for each in found]


def _words(event: Event, value: object) -> str:
    return venue_clock(event).precise(value) if isinstance(value, datetime) else str(value)


def _saved(event: Event | None) -> str:
    if event is None:
        return "Nothing was edited, so nothing has changed."
    fresh_catalogue.remember(event)
    return "Saved."


def _show_changes_of_others(form: Form, first: Beginning, current: EventDraft) -> None:
    """Shows what others have changed since the form was opened. The form keeps what was typed."""
    changed = _differences(first.draft, dict(current))
    if not changed:
        return
    names = ", ".join(LABELS[name] for name in changed)
    st.info(
        f"Changed since this form was opened: {names}. Nothing of that is overwritten unless you say so.",
        icon=":material/sync_problem:",
    )
    st.button("Show the current values", on_click=form.start_anew, key=form.key("refresh"), icon=":material/refresh:")


def _differences(first: EventDraft, now: Mapping[str, object]) -> Particulars:
    before = dict(first)
    return {name: value for name, value in now.items() if value != before[name]}


def _empty(zone: ZoneInfo) -> EventDraft:
    now = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    later = now + timedelta(days=30)
    return EventDraft(
        name="",
        venue="",
        time_zone=zone.key,
        starts_at=later,
        sales_open_at=now,
        sales_close_at=later,
        organizer="",
    )


def _draft(event: Event, default_zone: str) -> EventDraft:
    return EventDraft(
        name=event.name,
        venue=event.venue,
        time_zone=event.time_zone or default_zone,
        description=event.description,
        starts_at=event.starts_at,
        sales_open_at=event.sales_open_at or event.starts_at,
        sales_close_at=event.sales_close_at or event.starts_at,
        organizer=event.organizer.slug if event.organizer else "",
        currency=event.currency,
    )


def _fields(form: Form, first: Beginning, organizers: list[str]) -> Particulars:
    shown = first.draft
    entered: Particulars = {
        "name": text_field(form, "name", LABELS["name"], value=shown.name),
        "venue": text_field(form, "venue", LABELS["venue"], value=shown.venue),
        "description": long_text_field(
            form, "description", LABELS["description"], value=shown.description, longest=LONGEST_DESCRIPTION
        ),
    }
    organizer_column, currency_column = st.columns([3, 1])
    with organizer_column:
        entered["organizer"] = choice_field(
            form, "organizer", LABELS["organizer"], organizers, value=shown.organizer or None
        )
    with currency_column:
        entered["currency"] = _currency_field(form, shown.currency)
    zone = choice_field(form, "time_zone", LABELS["time_zone"], sorted(TIME_ZONES), value=shown.time_zone)
    return entered | {"time_zone": zone} | _moment_fields(form, first, ZoneInfo(zone or shown.time_zone))


def _currency_field(form: Form, shown: str) -> str:
    hint = "Please enter the three letters of a currency, such as IDR."
    entered = text_field(form, "currency", LABELS["currency"], value=shown, longest=3, hint=hint).upper()
    if not (len(entered) == 3 and entered.isascii() and entered.isalpha()):
        form.reject("currency", hint)
    return entered


def _moment_fields(form: Form, first: Beginning, zone: ZoneInfo) -> Particulars:
    names = ("starts_at", "sales_open_at", "sales_close_at")
    moments = {
        name: moment_field(form, name, LABELS[name], shown=getattr(first.draft, name), shown_in=first.zone, zone=zone)
        for name in names
    }
    if moments["sales_open_at"] >= moments["sales_close_at"]:
        form.reject("sales_close_at", "The sale must close after it opens.")
    return dict(moments)
