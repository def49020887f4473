"""Events and organizers through the API."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine
from support.catalog import create, event_body, make_event, make_organizer, make_seats
from ticketing.db.tables import bookings

EVENTS = "/api/v1/events"


async def book(engine: AsyncEngine, event_id: str, **columns: Any) -> None:
    values = {
        "id": uuid4(),
        "event_id": event_id,
        "customer_id": uuid4(),
        "customer_name": "Ayu",
        "customer_email": "ayu@example.com",
        "origin": "DIRECT",
        "status": "HOLDING",
        "amount": 1,
        "currency": "IDR",
        **columns,
    }
    async with engine.begin() as connection:
        await connection.execute(sa.insert(bookings).values(values))


async def test_an_event_is_made_shown_changed_and_removed(live_client: httpx.AsyncClient) -> None:
    event = await make_event(live_client)
    assert event["organizer"] == {"slug": "nusantara", "name": "Nusantara Live"}
    assert event["seats"] == {"total": 0, "open": 0, "on_going": 0, "booked": 0}
    assert event["status"] == "ON_SALE"
    assert event["starts_at"].endswith("Z")
    assert (await live_client.get(f"{EVENTS}/{event['id']}")).json() == event

    changed = await live_client.patch(f"{EVENTS}/{event['id']}", json={"name": "  Malam Dangdut "})
    assert changed.json()["name"] == "Malam Dangdut"
    assert changed.json()["venue"] == event["venue"]

    assert (await live_client.delete(f"{EVENTS}/{event['id']}")).status_code == 204
    gone = await live_client.get(f"{EVENTS}/{event['id']}")
    assert (gone.status_code, gone.json()["type"]) == (404, "event-not-found")


async def test_an_event_shows_its_seats_and_prices(app_client: httpx.AsyncClient) -> None:
    event = await make_event(app_client)
    await make_seats(app_client, event["id"], rows=2, seats_per_row=4)
    vip = {"seats": [{"section": "VIP", "row": "A", "number": 1, "price": 2_000_000}]}
    await create(app_client, f"{EVENTS}/{event['id']}/seats", vip)
    shown = (await app_client.get(EVENTS)).json()["items"][0]
    assert shown["seats"] == {"total": 9, "open": 9, "on_going": 0, "booked": 0}
    assert (shown["price_from"], shown["price_to"]) == (750_000, 2_000_000)


@pytest.mark.parametrize(
    ("opens", "closes", "status"),
    [(-2, 2, "ON_SALE"), (1, 2, "SCHEDULED"), (-2, -1, "SALES_CLOSED"), (-2, 40, "ON_SALE")],
)
async def test_the_status_follows_from_the_clock(
    app_client: httpx.AsyncClient, opens: int, closes: int, status: str
) -> None:
    now = datetime.now(UTC)
    event = await make_event(
        app_client,
        sales_open_at=(now + timedelta(days=opens)).isoformat(),
        sales_close_at=(now + timedelta(days=closes)).isoformat(),
    )
    assert event["status"] == status


@pytest.mark.parametrize("ordering", ["starts_at", "-starts_at", "name", "-name", "created_at", "-created_at"])
async def test_paging_visits_every_event_once_in_order(app_client: httpx.AsyncClient, ordering: str) -> None:
    await make_organizer(app_client)
    same_start = event_body()["starts_at"]
    for index in range(7):
        await create(app_client, EVENTS, event_body(name=f"Event {index % 3}", starts_at=same_start))
    seen: list[Any] = []
    parameters: dict[str, Any] = {"ordering": ordering, "limit": 2}
    while True:
        page = (await app_client.get(EVENTS, params=parameters)).json()
        seen += page["items"]
        if page["next_cursor"] is None:
            break
        parameters["cursor"] = page["next_cursor"]
    assert len({event["id"] for event in seen}) == len(seen) == 7
    values = [event[ordering.lstrip("-")] for event in seen]
    assert values == sorted(values, reverse=ordering.startswith("-"))


async def test_search_takes_percent_signs_literally(app_client: httpx.AsyncClient) -> None:
    await make_event(app_client, name="100% Rock")
    await create(app_client, EVENTS, event_body(name="1000 Songs"))
    found = (await app_client.get(EVENTS, params={"search": "100% r"})).json()["items"]
    assert [event["name"] for event in found] == ["100% Rock"]


async def test_events_are_listed_by_organizer(app_client: httpx.AsyncClient) -> None:
    await make_event(app_client)
    await make_event(app_client, organizer="other", name="Elsewhere")
    found = (await app_client.get(EVENTS, params={"organizer": "other"})).json()["items"]
    assert [event["name"] for event in found] == ["Elsewhere"]


async def test_a_change_is_checked_together_with_the_unchanged_fields(app_client: httpx.AsyncClient) -> None:
    event = await make_event(app_client)
    too_late = {"sales_open_at": event["sales_close_at"]}
    refused = await app_client.patch(f"{EVENTS}/{event['id']}", json=too_late)
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["field"] == "sales_close_at"
    assert (await app_client.get(f"{EVENTS}/{event['id']}")).json() == event


async def test_an_event_with_live_bookings_cannot_be_removed(
    app_client: httpx.AsyncClient, engine: AsyncEngine
) -> None:
    event = await make_event(app_client)
    await book(engine, event["id"])
    refused = await app_client.delete(f"{EVENTS}/{event['id']}")
    assert (refused.status_code, refused.json()["type"]) == (409, "event-has-live-bookings")
    assert refused.json()["live_bookings"] == 1
    assert (await app_client.get(f"{EVENTS}/{event['id']}")).json() == event


async def test_an_event_with_ended_bookings_stays_as_history(
    app_client: httpx.AsyncClient, engine: AsyncEngine
) -> None:
    event = await make_event(app_client)
    await book(engine, event["id"], status="FAILED", failure_reason="ORGANIZER_DECLINED")
    refused = await app_client.delete(f"{EVENTS}/{event['id']}")
    assert (refused.status_code, refused.json()["type"]) == (409, "event-has-bookings")
    assert (await app_client.get(f"{EVENTS}/{event['id']}")).json() == event


async def test_an_event_cannot_be_changed_to_a_currency_that_does_not_exist(app_client: httpx.AsyncClient) -> None:
    event = await make_event(app_client)
    refused = await app_client.patch(f"{EVENTS}/{event['id']}", json={"currency": "ZZZ"})
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "currency")
    assert (await app_client.get(f"{EVENTS}/{event['id']}")).json() == event


@pytest.mark.parametrize("change", [{"currency": "USD"}, {"organizer": "other"}])
async def test_currency_and_organizer_cannot_change_once_there_are_bookings(
    app_client: httpx.AsyncClient, engine: AsyncEngine, change: dict[str, str]
) -> None:
    event = await make_event(app_client)
    await make_organizer(app_client, "other")
    await book(engine, event["id"])
    refused = await app_client.patch(f"{EVENTS}/{event['id']}", json=change)
    assert (refused.status_code, refused.json()["type"]) == (409, "event-has-bookings")
    assert (await app_client.get(f"{EVENTS}/{event['id']}")).json() == event


async def test_an_event_has_the_time_zone_of_its_venue_and_moments_stay_when_that_changes(
    app_client: httpx.AsyncClient,
) -> None:
    event = await make_event(app_client, time_zone="Europe/Amsterdam", starts_at="2099-01-08T20:15:00+01:00")
    assert (event["time_zone"], event["starts_at"]) == ("Europe/Amsterdam", "2099-01-08T19:15:00Z")
    path = f"{EVENTS}/{event['id']}"
    changed = (await app_client.patch(path, json={"time_zone": "Asia/Makassar"})).json()
    assert (changed["time_zone"], changed["starts_at"]) == ("Asia/Makassar", "2099-01-08T19:15:00Z")
    assert (await app_client.get(path)).json()["time_zone"] == "Asia/Makassar"
    refused = await app_client.patch(path, json={"time_zone": "asia/makassar", "starts_at": "1798675200"})
    assert [error["field"] for error in refused.json()["errors"]] == ["time_zone", "starts_at"]


async def test_an_event_without_a_time_zone_gets_the_default_one(app_client: httpx.AsyncClient) -> None:
    assert (await make_event(app_client))["time_zone"] == "Asia/Jakarta"


WRONG_EVENTS: list[tuple[dict[str, Any], str]] = [
    ({"name": ""}, "name"),
    ({"name": "x" * 201}, "name"),
    ({"name": "with \x00 inside"}, "name"),
    ({"name": "half of a pair: \ud800"}, "name"),
    ({"name": None}, "name"),
    ({"name": ...}, "name"),
    ({"venue": 7}, "venue"),
    ({"starts_at": "2026-12-01T20:00:00"}, "starts_at"),
    ({"starts_at": "9999-12-31T23:59:59-23:00"}, "starts_at"),
    ({"starts_at": "tomorrow"}, "starts_at"),
    ({"starts_at": "1798675200"}, "starts_at"),
    ({"starts_at": 1798675200}, "starts_at"),
    ({"sales_open_at": "1798675200"}, "sales_open_at"),
    ({"sales_close_at": 4102444800.5}, "sales_close_at"),
    ({"time_zone": "Mars/Olympus"}, "time_zone"),
    ({"time_zone": "WIB"}, "time_zone"),
    ({"time_zone": None}, "time_zone"),
    ({"currency": "idr"}, "currency"),
    ({"currency": "RUPIAH"}, "currency"),
    ({"currency": "ZZZ"}, "currency"),
    ({"currency": "XXX"}, "currency"),
    ({"organizer": "unknown"}, "organizer"),
    ({"organizer": "Not A Slug"}, "organizer"),
    ({"status": "ON_SALE"}, "status"),
    ({"sales_close_at": "2001-01-01T00:00:00Z"}, "sales_close_at"),
]


@pytest.mark.parametrize(("change", "field"), WRONG_EVENTS)
async def test_an_invalid_event_is_refused_and_nothing_is_created(
    app_client: httpx.AsyncClient, change: dict[str, Any], field: str
) -> None:
    await make_organizer(app_client)
    content = json.dumps(event_body(**change))
    refused = await app_client.post(EVENTS, content=content, headers={"content-type": "application/json"})
    assert refused.status_code == 422, refused.text
    assert refused.json()["type"] == "validation-error"
    assert [error["field"] for error in refused.json()["errors"]] == [field]
    assert (await app_client.get(EVENTS)).json()["items"] == []


@pytest.mark.parametrize(
    "query",
    [
        {"ordering": "price"},
        {"limit": "0"},
        {"limit": "many"},
        {"cursor": "nonsense"},
        {"cursor": "WyJhIl0="},
        {"cursor": "é"},
        {"search": "\x00"},
        {"organizer": "A B"},
        {"cursor": "WyIyMDI2LTExLTIzIl0="},
    ],
)
async def test_a_wrong_query_is_refused(app_client: httpx.AsyncClient, query: dict[str, str]) -> None:
    refused = await app_client.get(EVENTS, params=query)
    assert (refused.status_code, refused.json()["type"]) == (422, "validation-error")
    assert [error["field"] for error in refused.json()["errors"]] == list(query)


async def test_an_organizer_is_made_shown_changed_and_removed(app_client: httpx.AsyncClient) -> None:
    organizer = await make_organizer(app_client, base_url="http://x.test/n/")
    assert organizer["base_url"] == "http://x.test/n"
    path = "/api/v1/organizers/nusantara"
    assert (await app_client.get(path)).json() == organizer
    assert (await app_client.patch(path, json={"name": "Nusa"})).json()["name"] == "Nusa"
    assert [one["slug"] for one in (await app_client.get("/api/v1/organizers")).json()["items"]] == ["nusantara"]
    assert (await app_client.delete(path)).status_code == 204
    assert (await app_client.get(path)).json()["type"] == "not-found"
    assert (await app_client.patch(path, json={"name": "Nusa"})).status_code == 404
    assert (await app_client.delete(path)).status_code == 404


async def test_an_organizer_is_unique_and_stays_while_it_has_events(app_client: httpx.AsyncClient) -> None:
    event = await make_event(app_client)
    path = "/api/v1/organizers/nusantara"
    organizer = (await app_client.get(path)).json()
    again = {"slug": "nusantara", "name": "Another", "base_url": "http://y.test"}
    refused = await app_client.post("/api/v1/organizers", json=again)
    assert (refused.status_code, refused.json()["type"]) == (409, "organizer-exists")
    refused = await app_client.delete(path)
    assert (refused.status_code, refused.json()["type"]) == (409, "organizer-in-use")
    assert (await app_client.get(path)).json() == organizer
    assert (await app_client.get(f"{EVENTS}/{event['id']}")).json() == event


@pytest.mark.parametrize("base_url", ["ftp://x.test", "/relative", "", 5, None, "http://"])
async def test_an_organizer_needs_an_address(app_client: httpx.AsyncClient, base_url: object) -> None:
    body = {"slug": "x", "name": "X", "base_url": base_url}
    refused = await app_client.post("/api/v1/organizers", json=body)
    assert [error["field"] for error in refused.json()["errors"]] == ["base_url"]
