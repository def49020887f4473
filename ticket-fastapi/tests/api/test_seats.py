"""Seats through the API."""

from __future__ import annotations

import base64
import json
from typing import Any
from uuid import uuid4

import httpx
import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine
from support.catalog import create, make_event, make_seats
from ticketing.db.tables import seats


async def seat_path(client: httpx.AsyncClient) -> str:
    return f"/api/v1/events/{(await make_event(client))['id']}/seats"


async def take(engine: AsyncEngine, seat_id: str) -> None:
    async with engine.begin() as connection:
        await connection.execute(
            sa.update(seats).where(seats.c.id == seat_id).values(status="BOOKED", booking_id=uuid4())
        )


async def test_a_layout_names_rows_by_letters(app_client: httpx.AsyncClient) -> None:
    path = await seat_path(app_client)
    layout = {"section": "Floor", "rows": 28, "seats_per_row": 2, "price": 500_000}
    items = (await create(app_client, path, layout))["items"]
    labels = [seat["row"] for seat in items[::2]]
    assert (labels[0], labels[25], labels[26], labels[27]) == ("A", "Z", "AA", "AB")
    assert {seat["status"] for seat in items} == {"OPEN"}
    listed = (await app_client.get(path)).json()["items"]
    assert [seat["row"] for seat in listed[::2]] == labels


async def test_rows_may_have_labels_of_their_own(app_client: httpx.AsyncClient) -> None:
    path = await seat_path(app_client)
    layout = {"section": "Floor", "rows": ["10", "9", "VIP"], "seats_per_row": 1, "price": 0}
    await create(app_client, path, layout)
    assert [seat["row"] for seat in (await app_client.get(path)).json()["items"]] == ["9", "10", "VIP"]


async def test_five_thousand_seats_are_made_and_listed_at_once(live_client: httpx.AsyncClient) -> None:
    path = await seat_path(live_client)
    await create(live_client, path, {"section": "S", "rows": 50, "seats_per_row": 100, "price": 1})
    page = (await live_client.get(path, params={"limit": 5000})).json()
    assert len(page["items"]) == 5000
    assert page["next_cursor"] is None


async def test_a_long_list_of_seats_may_be_larger_than_other_bodies(live_client: httpx.AsyncClient) -> None:
    path = await seat_path(live_client)
    many = [{"section": "The upper balcony", "row": "AA", "number": number, "price": 1} for number in range(1, 2001)]
    assert len((await create(live_client, path, {"seats": many}))["items"]) == 2000


async def test_paging_through_seats_visits_each_once(app_client: httpx.AsyncClient) -> None:
    path = await seat_path(app_client)
    await create(app_client, path, {"section": "S", "rows": 28, "seats_per_row": 3, "price": 1})
    seen: list[Any] = []
    parameters: dict[str, Any] = {"limit": 10}
    while True:
        page = (await app_client.get(path, params=parameters)).json()
        seen += page["items"]
        if page["next_cursor"] is None:
            break
        parameters["cursor"] = page["next_cursor"]
    assert seen == (await app_client.get(path)).json()["items"]
    assert len(seen) == 84


@pytest.mark.parametrize("after", [["S", 2**31, "A", 1], ["S", 1, "A", -(2**40)], ["S\x00", 1, "A", 1]])
async def test_a_cursor_that_no_page_returned_is_refused(app_client: httpx.AsyncClient, after: list[Any]) -> None:
    path = await seat_path(app_client)
    cursor = base64.urlsafe_b64encode(json.dumps(after).encode()).decode()
    answer = await app_client.get(path, params={"cursor": cursor})
    assert (answer.status_code, answer.json()["type"]) == (422, "validation-error")


async def test_seats_are_listed_by_status_and_section(app_client: httpx.AsyncClient, engine: AsyncEngine) -> None:
    event = await make_event(app_client)
    taken, _, _ = await make_seats(app_client, event["id"])
    await take(engine, taken["id"])
    path = f"/api/v1/events/{event['id']}/seats"
    assert [seat["id"] for seat in (await app_client.get(path, params={"status": "BOOKED"})).json()["items"]] == [
        taken["id"]
    ]
    assert len((await app_client.get(path, params={"status": "OPEN"})).json()["items"]) == 2
    assert (await app_client.get(path, params={"section": "Elsewhere"})).json()["items"] == []
    shown = (await app_client.get(f"/api/v1/events/{event['id']}")).json()
    assert shown["seats"] == {"total": 3, "open": 2, "on_going": 0, "booked": 1}


async def test_a_list_with_existing_seats_is_refused_and_none_is_created(app_client: httpx.AsyncClient) -> None:
    event = await make_event(app_client)
    await make_seats(app_client, event["id"], seats_per_row=2)
    path = f"/api/v1/events/{event['id']}/seats"
    more = {"section": "Tribune", "rows": 1, "seats_per_row": 4, "price": 1}
    refused = await app_client.post(path, json=more)
    assert (refused.status_code, refused.json()["type"]) == (409, "seat-exists")
    assert refused.json()["places"] == ["Tribune, row A, seat 1", "Tribune, row A, seat 2"]
    assert len((await app_client.get(path)).json()["items"]) == 2


SEAT = {"section": "S", "row": "A", "number": 1, "price": 1}
LAYOUT = {"section": "S", "rows": 2, "seats_per_row": 2, "price": 1}
WRONG_SEATS: list[tuple[Any, str]] = [
    ({}, "body"),
    ({"seats": []}, "seats"),
    ({"seats": [SEAT, SEAT]}, "seats.1"),
    ({"seats": [SEAT], **LAYOUT}, "body"),
    ({"section": "S", "rows": 2}, "body"),
    ({"seats": [{**SEAT, "status": "BOOKED"}]}, "seats.0.status"),
    ({"seats": [{**SEAT, "price": -1}]}, "seats.0.price"),
    ({"seats": [{**SEAT, "price": 1.5}]}, "seats.0.price"),
    ({"seats": [{**SEAT, "price": 10**30}]}, "seats.0.price"),
    ({"seats": [{**SEAT, "number": 0}]}, "seats.0.number"),
    ({"seats": [{**SEAT, "number": True}]}, "seats.0.number"),
    ({"seats": [{**SEAT, "number": 2**40}]}, "seats.0.number"),
    ({"seats": [{**SEAT, "row": " "}]}, "seats.0.row"),
    ({"seats": [{**SEAT, "section": "\x00"}]}, "seats.0.section"),
    ({**LAYOUT, "rows": ["A", "A"]}, "rows"),
    ({**LAYOUT, "rows": 100, "seats_per_row": 51}, "seats_per_row"),
    ({**LAYOUT, "seats_per_row": 0}, "seats_per_row"),
]


@pytest.mark.parametrize(("body", "field"), WRONG_SEATS)
async def test_invalid_seats_are_refused_and_none_is_created(
    app_client: httpx.AsyncClient, body: dict[str, Any], field: str
) -> None:
    path = await seat_path(app_client)
    refused = await app_client.post(path, json=body)
    assert (refused.status_code, refused.json()["type"]) == (422, "validation-error"), refused.text
    assert field in [error["field"] for error in refused.json()["errors"]]
    assert (await app_client.get(path)).json()["items"] == []


async def test_a_seat_of_another_event_is_not_found(app_client: httpx.AsyncClient) -> None:
    event = await make_event(app_client)
    seat, *_ = await make_seats(app_client, event["id"])
    elsewhere = f"/api/v1/events/{uuid4()}/seats"
    for method in ("GET", "PATCH", "DELETE"):
        answer = await app_client.request(method, f"{elsewhere}/{seat['id']}", json={} if method == "PATCH" else None)
        assert (answer.status_code, answer.json()["type"]) == (404, "seat-not-found")
    for method, body in (("GET", None), ("POST", {"seats": [SEAT]})):
        answer = await app_client.request(method, elsewhere, json=body)
        assert (answer.status_code, answer.json()["type"]) == (404, "event-not-found")


async def test_an_open_seat_can_be_moved_but_not_onto_another(app_client: httpx.AsyncClient) -> None:
    event = await make_event(app_client)
    first, second, _ = await make_seats(app_client, event["id"])
    path = f"/api/v1/events/{event['id']}/seats"
    moved = await app_client.patch(f"{path}/{first['id']}", json={"row": "B", "price": 5})
    assert (moved.json()["row"], moved.json()["number"], moved.json()["price"]) == ("B", 1, 5)
    refused = await app_client.patch(f"{path}/{first['id']}", json={"row": "A", "number": second["number"]})
    assert (refused.status_code, refused.json()["type"]) == (409, "seat-exists")
    assert (await app_client.get(f"{path}/{first['id']}")).json() == moved.json()


async def test_of_a_taken_seat_only_the_price_can_change(app_client: httpx.AsyncClient, engine: AsyncEngine) -> None:
    event = await make_event(app_client)
    taken, *_ = await make_seats(app_client, event["id"])
    await take(engine, taken["id"])
    path = f"/api/v1/events/{event['id']}/seats/{taken['id']}"
    assert (await app_client.patch(path, json={"price": 9})).json()["price"] == 9
    for refused in (await app_client.patch(path, json={"row": "Z"}), await app_client.delete(path)):
        assert (refused.status_code, refused.json()["type"]) == (409, "seat-in-use")
    shown = (await app_client.get(path)).json()
    assert (shown["row"], shown["status"]) == ("A", "BOOKED")


@pytest.mark.parametrize("change", [{"status": "OPEN"}, {"price": None}, {"booking_id": None}, {"id": str(uuid4())}])
async def test_fields_of_a_seat_outside_the_catalogue_cannot_be_changed(
    app_client: httpx.AsyncClient, change: dict[str, Any]
) -> None:
    event = await make_event(app_client)
    seat, *_ = await make_seats(app_client, event["id"])
    refused = await app_client.patch(f"/api/v1/events/{event['id']}/seats/{seat['id']}", json=change)
    assert [error["field"] for error in refused.json()["errors"]] == list(change)


async def test_an_unused_seat_can_be_removed(app_client: httpx.AsyncClient) -> None:
    event = await make_event(app_client)
    seat, *_ = await make_seats(app_client, event["id"])
    path = f"/api/v1/events/{event['id']}/seats/{seat['id']}"
    assert (await app_client.delete(path)).status_code == 204
    assert (await app_client.delete(path)).status_code == 404
