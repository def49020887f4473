"""Reads the public catalogue from ticket, through the cache."""

import gzip
import json
from collections.abc import Callable, Mapping, Sequence
from urllib.parse import urlencode
from uuid import UUID

from servicekit.versions import entity_tag

from client.catalog import descriptions
from client.catalog.cache import Page, PageCache
from client.catalog.seat_states import SeatStates, seat_states
from client.ticket_api import calls as ticket
from client.ticket_api.models import BestSeats
from client.ticket_api.reachability import reachability

EVENTS_SECONDS = 2.0
SEATS_SECONDS = 1.0
RENEWED_SECONDS = 2.0
"""Of a map that is asked for anew every second: longer than that, and the answer, take."""
EVENT_QUERY = ("search", "organizer", "ordering", "cursor", "limit")
SEAT_QUERY = ("status", "section", "cursor", "limit")
BEST_SEATS_QUERY = ("count", "max_price", "section", "seed")
GZIP_LEVEL = 4
"""As ticket compresses it: level 6 takes five times as long for 50,000 seats, and saves a twentieth of the bytes."""
pages = PageCache(source_is_unreachable=reachability.is_unreachable)


def event_page(*, query: Mapping[str, str]) -> Page:
    params = {name: query[name] for name in EVENT_QUERY if name in query}

    def load() -> bytes:
        page = ticket.fetch_events(params)
        for event in page.items:
            descriptions.remember_event(event)
        return page.model_dump_json().encode()

    return pages.get(f"events?{urlencode(params)}", seconds=EVENTS_SECONDS, load=load)


def event_get(*, event_id: UUID, fresh: bool = False) -> Page:
    """Returns the event with its version as entity tag; with `fresh`, asks ticket now."""

    def load() -> Page:
        event = ticket.fetch_event(event_id)
        descriptions.remember_event(event)
        return Page(event.model_dump_json().encode(), entity_tag(event.version))

    return _one(f"events/{event_id}", seconds=EVENTS_SECONDS, load=load, fresh=fresh)


def seat_page(*, event_id: UUID, query: Mapping[str, str], places: Sequence[str] = ()) -> Page:
    params: dict[str, str | Sequence[str]] = {name: query[name] for name in SEAT_QUERY if name in query}
    if places:
        params["at"] = places

    def load() -> bytes:
        page = ticket.fetch_seats(event_id, params)
        descriptions.remember_seats(page.items)
        return page.model_dump_json().encode()

    return pages.get(f"events/{event_id}/seats?{urlencode(params, doseq=True)}", seconds=SEATS_SECONDS, load=load)


def seat_map_get(*, event_id: UUID, anew: bool = False) -> Page:
    """Returns the seat map with ticket's tag, plain and compressed; ticket is asked whether an old copy still holds.

    Whoever asks for it `anew` once a second spares all others the asking meanwhile.
    """
    key = f"events/{event_id}/seat-map"

    def load() -> Page:
        kept = pages.kept(key)
        copy = ticket.SeatMapCopy(kept.body, kept.etag) if kept else None
        found = ticket.fetch_seat_map(event_id, kept=copy)
        if kept is not None and kept.etag == found.etag:
            return kept
        return Page(found.content, found.etag, gzip.compress(found.content, GZIP_LEVEL, mtime=0))

    return pages.get(key, seconds=RENEWED_SECONDS if anew else SEATS_SECONDS, load=load, anew=anew)


def seat_states_get(event_id: UUID, *, anew: bool) -> SeatStates:
    """Returns the states of all seats of the event's map, which is at most a second old, or is asked for `anew`."""
    return seat_states(seat_map_get(event_id=event_id, anew=anew).body)


def sale_get(event_id: UUID) -> str:
    """Returns where the sale of the event is, as ticket names it (contracts/README.md)."""
    status = json.loads(event_get(event_id=event_id).body).get("status")
    return status if isinstance(status, str) else ""


def best_seats_get(*, event_id: UUID, query: Mapping[str, str]) -> BestSeats:
    """Returns a proposal of ticket. It is not kept: each caller has a seed of their own."""
    return ticket.fetch_best_seats(event_id, {name: query[name] for name in BEST_SEATS_QUERY if name in query})


def seat_get(*, event_id: UUID, seat_id: UUID, fresh: bool = False) -> Page:
    """Returns the seat with its version as entity tag; with `fresh`, asks ticket now."""

    def load() -> Page:
        seat = ticket.fetch_seat(event_id, seat_id)
        return Page(seat.model_dump_json().encode(), entity_tag(seat.version))

    return _one(f"events/{event_id}/seats/{seat_id}", seconds=SEATS_SECONDS, load=load, fresh=fresh)


def _one(key: str, *, seconds: float, load: Callable[[], Page], fresh: bool) -> Page:
    return load() if fresh else pages.get(key, seconds=seconds, load=load)
