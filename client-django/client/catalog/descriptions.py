"""Remembers names of events and seats that this process has read. They describe bookings and never decide anything."""

import threading
from collections import OrderedDict
from collections.abc import Iterable
from typing import TypeVar
from uuid import UUID

from pydantic import JsonValue
from servicekit.times import in_utc

from client.ticket_api.models import Event, Seat

T = TypeVar("T")
KEPT = 50_000
_kept: OrderedDict[UUID, dict[str, JsonValue]] = OrderedDict()
_organizers: OrderedDict[UUID, str] = OrderedDict()
_lock = threading.Lock()


def event(event_id: UUID) -> dict[str, JsonValue] | None:
    return _kept.get(event_id)


def seat(seat_id: UUID) -> dict[str, JsonValue] | None:
    return _kept.get(seat_id)


def organizer_of(event_id: UUID) -> str | None:
    """Returns the slug of the event's organizer; None if this process has not read the event."""
    return _organizers.get(event_id)


def remember_event(seen: Event) -> None:
    described: dict[str, JsonValue] = {
        "id": str(seen.id),
        "name": seen.name,
        "venue": seen.venue,
        "time_zone": seen.time_zone,
        "starts_at": in_utc(seen.starts_at),
    }
    _keep(_kept, [(seen.id, described)])
    organizer = (seen.model_extra or {}).get("organizer")
    if isinstance(organizer, dict) and isinstance(slug := organizer.get("slug"), str):
        _keep(_organizers, [(seen.id, slug)])


def remember_seats(seen: Iterable[Seat]) -> None:
    described: list[tuple[UUID, dict[str, JsonValue]]] = [
        (
            each.id,
            {
                "id": str(each.id),
                "section": each.section,
                "row": each.row,
                "number": each.number,
                "price": each.price,
            },
        )
        for each in seen
    ]
    _keep(_kept, described)


def clear_descriptions() -> None:
    with _lock:
        _kept.clear()
        _organizers.clear()


def _keep(kept: OrderedDict[UUID, T], entries: Iterable[tuple[UUID, T]]) -> None:
    with _lock:
        kept.update(entries)
        while len(kept) > KEPT:
            kept.popitem(last=False)
