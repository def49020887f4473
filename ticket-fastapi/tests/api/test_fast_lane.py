"""The fast lane of `POST /bookings` and the standard route agree."""

from __future__ import annotations

import json

import pytest
from fastapi.routing import APIRoute
from support.ticket_system import TicketSystem
from ticketing.http.bookings import BookingInput, busy_router
from ticketing.http.fast_lane import FastLane

PATH = "/api/v1/bookings"
JSON = {"content-type": "application/json"}


async def test_a_booking_request_means_the_same_in_the_fast_lane_and_on_the_standard_route(
    system: TicketSystem,
) -> None:
    event, seats = await system.create_event()
    text = json.dumps(system.booking_request(event, seats[:1]))
    # The standard route reads JSON in UTF-16; the fast lane does not, and passes it on.
    fast = await system.client.post(PATH, content=text.encode(), headers=JSON)
    standard = await system.client.post(PATH, content=text.encode("utf-16"), headers=JSON)
    assert (fast.status_code, standard.status_code) == (201, 201), standard.text
    assert standard.headers["idempotent-replay"] == "true"
    assert fast.json() == standard.json()


@pytest.mark.parametrize("key", ["with space", "x" * 256])
async def test_an_unusual_key_goes_through_the_standard_route(system: TicketSystem, key: str) -> None:
    event, seats = await system.create_event()
    answer = await system.client.post(
        PATH, json=system.booking_request(event, seats[:1]), headers={"idempotency-key": key}
    )
    assert (answer.status_code, answer.json()["type"]) == (422, "validation-error")
    assert (await system.seat(seats[0]["id"]))["status"] == "OPEN"


async def test_a_normal_request_uses_the_fast_lane(system: TicketSystem, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[BookingInput | None] = []
    original = FastLane._read

    def spy(lane: FastLane[BookingInput], body: bytes) -> BookingInput | None:
        read.append(original(lane, body))
        return read[-1]

    monkeypatch.setattr(FastLane, "_read", spy)
    event, seats = await system.create_event()
    await system.book(event, seats[:1])
    assert [body is not None for body in read] == [True]
    [route] = [route for route in busy_router.routes if isinstance(route, APIRoute)]
    assert (route.path, route.methods) == ("/bookings", {"POST"})
