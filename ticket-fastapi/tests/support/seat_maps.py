"""Reads the seat map of an event as a caller does: expands it into single seats."""

from __future__ import annotations

from typing import Any

import httpx
from sqlalchemy.ext.asyncio import AsyncEngine
from ticketing.http.seat_map import SeatMapOutput
from ticketing.usecases.catalogue.seat_maps import SeatMap, read_seats

STATUSES = {"o": "OPEN", "g": "ON_GOING", "b": "BOOKED"}
MapSeat = tuple[str, str, int, int, str]
"""The section, row, number, price and status of a seat."""


def expanded(plain: bytes) -> list[MapSeat]:
    """Returns the seats of a map, in its order."""
    shown = SeatMapOutput.model_validate_json(plain, extra="forbid")
    places = [
        (section.section, row.row, number, shown.prices[price])
        for section in shown.sections
        for row in section.rows
        for first, last, price in row.runs
        for number in range(first, last + 1)
    ]
    return [(*place, STATUSES[sign]) for place, sign in zip(places, shown.states, strict=True)]


async def map_now(engine: AsyncEngine, event: Any) -> SeatMap:
    """Computes the map of an event now, whatever a process keeps."""
    return SeatMap.of(await read_seats(engine, event["id"]), None)


async def listed(client: httpx.AsyncClient, event: Any) -> list[MapSeat]:
    """Returns all seats of an event as its list shows them, in the list's order."""
    page = (await client.get(f"/api/v1/events/{event['id']}/seats", params={"limit": 5000})).json()
    assert page["next_cursor"] is None
    return [(seat["section"], seat["row"], seat["number"], seat["price"], seat["status"]) for seat in page["items"]]
