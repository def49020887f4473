"""The short way to `POST /bookings` and the standard way agree."""

from __future__ import annotations

import json

import pytest
from fastapi.routing import APIRoute
from support.stage import Stage
from ticketing.http.bookings import BookingInput, busy_router
from ticketing.http.fast_lane import FastLane

PATH = "/api/v1/bookings"
JSON = {"content-type": "application/json"}


async def test_an_order_is_the_same_order_on_both_ways(stage: Stage) -> None:
    event, some = await stage.event()
    text = json.dumps(stage.order(event, some[:1]))
    # Python's JSON knows UTF-16, the short way does not.
    short = await stage.client.post(PATH, content=text.encode(), headers=JSON)
    standard = await stage.client.post(PATH, content=text.encode("utf-16"), headers=JSON)
    assert (short.status_code, standard.status_code) == (201, 201), standard.text
    assert standard.headers["idempotent-replay"] == "true"
    assert short.json() == standard.json()


@pytest.mark.parametrize("key", ["with space", "x" * 256])
async def test_an_extraordinary_key_is_judged_by_the_standard_way(stage: Stage, key: str) -> None:
    event, some = await stage.event()
    answer = await stage.client.post(PATH, json=stage.order(event, some[:1]), headers={"idempotency-key": key})
    assert (answer.status_code, answer.json()["type"]) == (422, "validation-error")
    assert (await stage.seat(some[0]["id"]))["status"] == "OPEN"


async def test_the_short_way_is_taken(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[BookingInput | None] = []
    original = FastLane._read

    def spy(lane: FastLane[BookingInput], body: bytes) -> BookingInput | None:
        read.append(original(lane, body))
        return read[-1]

    monkeypatch.setattr(FastLane, "_read", spy)
    event, some = await stage.event()
    await stage.book(event, some[:1])
    assert [order is not None for order in read] == [True]
    [route] = [route for route in busy_router.routes if isinstance(route, APIRoute)]
    assert (route.path, route.methods) == ("/bookings", {"POST"})
