"""The catalogue for a member of staff: their own changes are visible at once, although caches are older."""

import time

import streamlit as st

from frontend.api.models import Event
from frontend.events import catalogue

OVERLAY_SECONDS = catalogue.EVENTS_SECONDS + 5.0
"""Longer than the caches of the dashboard and of the client service together."""

_OWN = "own-catalogue-changes"


def events_with_own_changes() -> list[Event]:
    """Returns every event by its start, with this member's latest changes."""
    found = {event.id: event for event in catalogue.all_events()}
    for event_id, (at, event) in list(_own().items()):
        if time.monotonic() - at > OVERLAY_SECONDS:
            del _own()[event_id]
        elif event is None:
            found.pop(event_id, None)
        else:
            found[event_id] = event
    return sorted(found.values(), key=lambda event: event.starts_at)


def remember(event: Event) -> None:
    """Remembers the event as the service returned it after a change."""
    _own()[event.id] = (time.monotonic(), event)
    catalogue.clear_cache()


def forget_event(event_id: str) -> None:
    """Remembers that the event was removed."""
    _own()[event_id] = (time.monotonic(), None)
    catalogue.clear_cache()


def forget_seats() -> None:
    """Forgets the cached seats and numbers, because an event's seats were changed."""
    _own().clear()
    catalogue.clear_cache()


def _own() -> dict[str, tuple[float, Event | None]]:
    own: dict[str, tuple[float, Event | None]] = st.session_state.setdefault(_OWN, {})
    return own
