"""Remembers names of events and seats that this process has read. They describe bookings and never decide anything."""

import threading
from collections import OrderedDict
from collections.abc import Iterable
from uuid import UUID

from pydantic import JsonValue
from servicekit.times import in_utc

from client.ticket_api.models import Event, Seat

KEPT = 50_000
_kept: OrderedDict[UUID, dict[str, JsonValue]] = OrderedDict()
_lock = threading.Lock()


def event(event_id: UUID) -> dict[str, JsonValue] | None:
    return _kept.get(event_id)


def seat(seat_id: UUID) -> dict[str, JsonValue] | None:
    return _kept.get(seat_id)


def remember_event(seen: Event) -> None:
    described: dict[str, JsonValue] = {
        "id": str(seen.id),
        "name": seen.name,
        "venue": seen.venue,
        "time_zone": seen.time_zone,
        "starts_at": in_utc(seen.starts_at),
    }
    _keep([(seen.id, described)])


def remember_seats(seen: Iterable[Seat]) -> None:
    _keep(
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
    )


def clear_descriptions() -> None:
    with _lock:
        _kept.clear()


def _keep(entries: Iterable[tuple[UUID, dict[str, JsonValue]]]) -> None:
    with _lock:
        _kept.update(entries)
        while len(_kept) > KEPT:
            _kept.popitem(last=False)
