"""Reads the public catalogue from ticket, through the cache."""

from collections.abc import Mapping
from urllib.parse import urlencode
from uuid import UUID

from client.catalog import descriptions
from client.catalog.cache import Page, PageCache
from client.ticket_api import calls as ticket
from client.ticket_api.reachability import reachability

EVENTS_SECONDS = 2.0
SEATS_SECONDS = 1.0
EVENT_QUERY = ("search", "organizer", "ordering", "cursor", "limit")
SEAT_QUERY = ("status", "section", "cursor", "limit")
pages = PageCache(source_is_away=reachability.is_lost)


def event_page(*, query: Mapping[str, str]) -> Page:
    params = {name: query[name] for name in EVENT_QUERY if name in query}

    def load() -> bytes:
        page = ticket.event_list(params)
        for event in page.items:
            descriptions.keep_event(event)
        return page.model_dump_json().encode()

    return pages.get(f"events?{urlencode(params)}", seconds=EVENTS_SECONDS, load=load)


def event_get(*, event_id: UUID) -> Page:
    def load() -> bytes:
        event = ticket.event_get(event_id)
        descriptions.keep_event(event)
        return event.model_dump_json().encode()

    return pages.get(f"events/{event_id}", seconds=EVENTS_SECONDS, load=load)


def seat_page(*, event_id: UUID, query: Mapping[str, str]) -> Page:
    params = {name: query[name] for name in SEAT_QUERY if name in query}

    def load() -> bytes:
        page = ticket.seat_list(event_id, params)
        descriptions.keep_seats(page.items)
        return page.model_dump_json().encode()

    return pages.get(f"events/{event_id}/seats?{urlencode(params)}", seconds=SEATS_SECONDS, load=load)


def seat_get(*, event_id: UUID, seat_id: UUID) -> Page:
    def load() -> bytes:
        return ticket.seat_get(event_id, seat_id).model_dump_json().encode()

    return pages.get(f"events/{event_id}/seats/{seat_id}", seconds=SEATS_SECONDS, load=load)
