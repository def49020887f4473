"""The seat map shows what the list of seats shows, in a compact form with a tag of its content."""

from __future__ import annotations

import gzip
import json
import random
from typing import Any
from uuid import uuid4

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncEngine
from support.catalog import create, make_event, make_seats
from support.seat_maps import expanded, listed, map_now
from support.ticket_system import TicketSystem

STEPS = 25


def seats_path(event: Any) -> str:
    return f"/api/v1/events/{event['id']}/seats"


def map_path(event: Any) -> str:
    return f"/api/v1/events/{event['id']}/seat-map"


@pytest.fixture
def always_stale(app: FastAPI) -> None:
    """Lets a second pass between any two looks at the clock."""
    ticks = iter(range(10_000))
    app.state.seat_maps._clock = lambda: 10.0 * next(ticks)


async def test_it_agrees_with_the_list_whatever_buyers_and_staff_do(system: TicketSystem) -> None:
    chance = random.Random(11)
    event, free = await system.create_event(seats_per_row=4)
    path, client = seats_path(event), system.client
    for section, price in (("Balkon", 5), ("Balkon", 7), ("Ä 2", 5)):
        rows = [f"R{chance.randrange(10**6)}" for _ in range(2)]
        layout = {"section": section, "rows": rows, "seats_per_row": 3, "price": price}
        free += (await create(client, path, layout))["items"]
    live: list[str] = []
    tags: dict[str, Any] = {}

    async def buy() -> None:
        booking = await system.book(event, [free.pop(chance.randrange(len(free)))])
        live.append(booking["id"])

    async def pay() -> None:
        await system.pay(live[-1])

    async def cancel() -> None:
        await client.post(f"/api/v1/bookings/{live.pop(0)}/cancel", json={"reason": "STAFF"})
        await system.run_until_idle()

    async def change() -> None:
        seat = chance.choice(free)
        change = chance.choice([{"price": chance.randrange(20)}, {"number": chance.randrange(50, 100_000)}])
        assert (await client.patch(f"{path}/{seat['id']}", json=change)).status_code == 200

    async def remove() -> None:
        await client.delete(f"{path}/{free.pop(chance.randrange(len(free)))['id']}")

    for _ in range(STEPS):
        actions = [buy, change, remove, *([pay, cancel] if live else [])]
        await chance.choice(actions)()
        found, seats = await map_now(system.services.engine, event), await listed(client, event)
        assert expanded(found.plain) == seats
        # One tag stands for one content, and one content has one tag.
        assert tags.setdefault(found.tag, seats) == seats
        assert list(tags.values()).count(seats) == 1
    seen = {status for seats in tags.values() for *_, status in seats}
    assert seen == {"OPEN", "ON_GOING", "BOOKED"}


async def test_the_tag_changes_with_state_price_place_and_existence_and_with_nothing_else(
    system: TicketSystem,
) -> None:
    event, (first, second, third) = await system.create_event()
    path, client, engine = seats_path(event), system.client, system.services.engine
    tags = [(await map_now(engine, event)).tag]

    async def tag_after(change: httpx.Response | None = None) -> str:
        assert change is None or change.is_success, change.text
        tags.append((await map_now(engine, event)).tag)
        return tags[-1]

    assert await tag_after(await client.patch(f"{path}/{first['id']}", json={"price": first["price"]})) == tags[0]
    assert await tag_after(await client.patch(f"/api/v1/events/{event['id']}", json={"name": "Other"})) == tags[0]
    booking = await system.book(event, [first])
    assert await tag_after() not in tags[:-1]
    await system.pay(booking["id"])
    assert await tag_after() not in tags[:-1]
    assert await tag_after(await client.patch(f"{path}/{second['id']}", json={"price": 1})) not in tags[:-1]
    assert await tag_after(await client.patch(f"{path}/{second['id']}", json={"row": "Z"})) not in tags[:-1]
    assert await tag_after(await client.delete(f"{path}/{third['id']}")) not in tags[:-1]
    before = tags[-2]
    again = {"section": third["section"], "row": third["row"], "number": third["number"], "price": third["price"]}
    assert await tag_after(await client.post(path, json={"seats": [again]})) == before


async def test_a_caller_who_has_the_content_gets_no_body(app_client: httpx.AsyncClient, always_stale: None) -> None:
    event = await make_event(app_client)
    seat, *_ = await make_seats(app_client, event["id"])
    whole = await app_client.get(map_path(event))
    assert (whole.status_code, whole.headers["cache-control"]) == (200, "private, no-cache")
    tag = whole.headers["etag"]
    for header in (tag, tag.removeprefix("W/"), f'"x", {tag}', "*"):
        answer = await app_client.get(map_path(event), headers={"if-none-match": header})
        assert (answer.status_code, answer.content, answer.headers["etag"]) == (304, b"", tag)
    for header in ('"x"', tag.strip('W/"'), "", 'W/"'):
        answer = await app_client.get(map_path(event), headers={"if-none-match": header})
        assert (answer.status_code, answer.content) == (200, whole.content)
    await app_client.delete(f"{seats_path(event)}/{seat['id']}")
    answer = await app_client.get(map_path(event), headers={"if-none-match": tag})
    assert (answer.status_code, len(answer.json()["states"])) == (200, 2)


async def test_within_a_second_neither_the_map_nor_a_304_asks_the_database(
    app: FastAPI, app_client: httpx.AsyncClient
) -> None:
    event = await make_event(app_client)
    await make_seats(app_client, event["id"])
    app.state.seat_maps._clock = lambda: 0.0
    first = await app_client.get(map_path(event))
    reads: list[object] = []
    app.state.seat_maps._read = reads.append
    for header in ("", first.headers["etag"]):
        answer = await app_client.get(map_path(event), headers={"if-none-match": header})
        assert answer.headers["etag"] == first.headers["etag"]
    assert reads == []


async def test_it_is_compressed_for_those_who_accept_it(live_client: httpx.AsyncClient) -> None:
    event = await make_event(live_client)
    await create(live_client, seats_path(event), {"section": "S", "rows": 50, "seats_per_row": 100, "price": 1})
    plain = await live_client.get(map_path(event), headers={"accept-encoding": "identity"})
    assert "content-encoding" not in plain.headers
    async with live_client.stream("GET", map_path(event), headers={"accept-encoding": "br, gzip"}) as answer:
        raw = b"".join([piece async for piece in answer.aiter_raw()])
    assert answer.headers["content-encoding"] == "gzip"
    assert gzip.decompress(raw) == plain.content
    assert answer.headers["etag"] == plain.headers["etag"]
    assert answer.headers["vary"] == plain.headers["vary"] == "accept-encoding"
    assert len(raw) < len(plain.content) / 5


async def test_an_unknown_event_has_no_map_and_one_without_seats_an_empty_one(app_client: httpx.AsyncClient) -> None:
    unknown = await app_client.get(f"/api/v1/events/{uuid4()}/seat-map")
    assert (unknown.status_code, unknown.json()["type"]) == (404, "event-not-found")
    assert (await app_client.get("/api/v1/events/x/seat-map")).status_code == 422
    empty = (await app_client.get(map_path(await make_event(app_client)))).json()
    assert empty.pop("layout")
    assert empty == {"prices": [], "sections": [], "states": ""}


ODD = [
    ("Süd 🎭", "AA"),
    ("Süd 🎭", "B"),
    ("Süd 🎭", "10"),
    ("Süd 🎭", "9"),
    ('"Quote", \\ & <b>', "é'"),
    ("شرفة", "أ"),
    ("x" * 60, "y" * 10),
    ("\U0001f3ad" * 60, "\U0001f3ad" * 10),
]


async def test_odd_and_longest_names_are_shown_and_looked_up(
    app_client: httpx.AsyncClient, engine: AsyncEngine
) -> None:
    event = await make_event(app_client)
    new = [
        {"section": section, "row": row, "number": number, "price": 10**12 - number}
        for section, row in ODD
        for number in (1, 2, 3, 99_999, 100_000)
    ]
    await create(app_client, seats_path(event), {"seats": new})
    seats = await listed(app_client, event)
    assert expanded((await map_now(engine, event)).plain) == seats
    for section, row, number, price, _ in seats:
        at = json.dumps([section, row, number])
        (found,) = (await app_client.get(seats_path(event), params={"at": at})).json()["items"]
        assert (found["section"], found["row"], found["number"], found["price"]) == (section, row, number, price)


async def test_up_to_ten_places_are_looked_up_in_one_request(app_client: httpx.AsyncClient) -> None:
    event = await make_event(app_client)
    seats = await make_seats(app_client, event["id"], rows=2, seats_per_row=6)
    places = [json.dumps([seat["section"], seat["row"], seat["number"]]) for seat in seats[:9]]
    nowhere = json.dumps(["Tribune", "A", 99])
    path, wanted = seats_path(event), {"at": [*places[::-1], nowhere]}
    assert (await app_client.get(path, params=wanted)).json() == {"items": seats[:9], "next_cursor": None}
    assert (await app_client.get(path, params={"at": nowhere})).json()["items"] == []
    of_one_row = {**wanted, "limit": 4, "status": "OPEN"}
    first = (await app_client.get(path, params=of_one_row)).json()
    second = (await app_client.get(path, params={**of_one_row, "cursor": first["next_cursor"]})).json()
    assert first["items"] + second["items"] == seats[:8]


@pytest.mark.parametrize(
    "place",
    [
        "", "x", "[", "{}", "null", '"Tribune"', '["Tribune","A"]', '["Tribune","A","1"]', '["Tribune","A",1,1]',
        '["Tribune","A",0]', '["Tribune","A",100001]', '["Tribune","A",1.5]', '["Tribune","A",true]',
        '["","A",1]', '["Tribune","A\\u0000",1]', '["Tribune","' + "A" * 11 + '",1]', '["\\ud800","A",1]',
    ],
)  # fmt: skip
async def test_a_malformed_place_is_refused_and_named(app_client: httpx.AsyncClient, place: str) -> None:
    event = await make_event(app_client)
    answer = await app_client.get(seats_path(event), params={"at": ['["Tribune","A",1]', place]})
    assert (answer.status_code, answer.json()["type"]) == (422, "validation-error")
    assert [error["field"] for error in answer.json()["errors"]] == ["at.1"]


async def test_more_places_than_a_booking_may_have_are_refused(app_client: httpx.AsyncClient) -> None:
    event = await make_event(app_client)
    answer = await app_client.get(seats_path(event), params={"at": ['["Tribune","A",1]'] * 11})
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == ["at"]
    long = await app_client.get(seats_path(event), params={"at": " " * 1001})
    assert [error["field"] for error in long.json()["errors"]] == ["at.0"]
