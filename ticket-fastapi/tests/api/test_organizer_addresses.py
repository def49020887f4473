"""The address of an organizer's system: which are taken, and when it may change (contracts/README.md)."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
import sqlalchemy as sa
from conftest import SERVICE_KEY
from servicekit.db.engine import driver_in_transaction
from sqlalchemy.ext.asyncio import AsyncEngine
from support.applications import started_ticket_app
from support.catalog import event_body, make_event, make_seats
from support.server import serve
from support.ticket_system import TicketSystem
from ticketing.db.booking.take_seats import TAKE_SEATS
from ticketing.db.tables import organizers
from ticketing.settings import Settings

ORGANIZERS = "/api/v1/organizers"
ELSEWHERE = "http://elsewhere.test/organizer"


def new(base_url: str) -> dict[str, str]:
    return {"slug": f"org-{uuid4().hex[:8]}", "name": "N", "base_url": base_url}


@pytest.mark.parametrize(
    "base_url",
    ["http://user@x.test", "http://user:word@x.test", "http://x.test/#part", "http://x.test/?a=b", "ftp://x.test", "x"],
)
async def test_an_address_with_a_user_a_query_or_a_fragment_is_refused(
    app_client: httpx.AsyncClient, base_url: str
) -> None:
    assert (await app_client.post(ORGANIZERS, json=new(base_url))).status_code == 422


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "2130706433", "[::1]", "169.254.169.254", "10.0.0.5"])
async def test_a_private_address_is_refused_unless_a_setting_allows_it(
    settings: Settings, engine: AsyncEngine, host: str
) -> None:
    strict = settings.model_copy(update={"allow_private_addresses": False})
    async with started_ticket_app(strict, SERVICE_KEY) as (_, client):
        public = await client.post(ORGANIZERS, json=new("http://93.184.215.14/x"))
        assert public.status_code == 201
        private = {"base_url": f"http://{host}:8003/x"}
        for answer in (
            await client.post(ORGANIZERS, json=new(private["base_url"])),
            await client.patch(f"{ORGANIZERS}/{public.json()['slug']}", json=private),
        ):
            assert answer.status_code == 422
            assert [(error["field"], error["code"]) for error in answer.json()["errors"]] == [
                ("base_url", "private_address")
            ]


async def test_no_organizer_at_a_private_address_is_called_unless_a_setting_allows_it(
    settings: Settings, engine: AsyncEngine
) -> None:
    """Its name had a public address when it was registered."""
    calls: list[str] = []

    async def listener(scope: Any, receive: Any, send: Any) -> None:
        calls.append(scope["path"])

    strict = settings.model_copy(update={"allow_private_addresses": False})
    async with serve(listener) as url, started_ticket_app(strict, SERVICE_KEY) as (_, client):
        await client.post(ORGANIZERS, json={**new("http://93.184.215.14/x"), "slug": "moved", "api_key": "k" * 24})
        event = (await client.post("/api/v1/events", json=event_body(organizer="moved"))).json()
        (seat, *_) = await make_seats(client, event["id"])
        async with engine.begin() as connection:
            await connection.execute(sa.update(organizers).values(base_url=url))
        body = {"booking_id": str(uuid4()), "event_id": event["id"], "seat_ids": [seat["id"]]}
        buyer = {"id": str(uuid4()), "name": "Ayu", "email": "ayu@example.com"}
        answer = await client.post("/api/v1/bookings", json={**body, "customer": buyer})
        assert answer.json()["type"] == "organizer-unreachable"
        assert "not a public address" not in answer.text
    assert calls == []


async def move(system: TicketSystem, event: Any, base_url: str = ELSEWHERE) -> httpx.Response:
    return await system.client.patch(f"{ORGANIZERS}/{event['organizer']['slug']}", json={"base_url": base_url})


async def test_the_address_does_not_change_while_the_organizer_holds_seats(system: TicketSystem) -> None:
    event, seats = await system.create_event()
    unpaid = await system.book(event, seats[:1])
    paid = await system.book_and_pay(event, seats[1:2])
    other_event, _ = await system.create_event()
    for booking in (unpaid, paid):
        refused = await move(system, event)
        assert (refused.status_code, refused.json()["type"]) == (409, "organizer-has-live-holds")
        await system.client.post(f"/api/v1/bookings/{booking['id']}/cancel", json={"reason": "BUYER"})
        assert (await move(system, event)).status_code == 409, "it is not released yet"
        await system.run_until_idle()
    assert (await move(system, event, event["base_url"])).status_code == 200
    assert (await move(system, event)).json()["base_url"] == ELSEWHERE
    assert (await move(system, other_event)).status_code == 200


async def test_what_is_not_the_address_changes_at_any_time(system: TicketSystem) -> None:
    event, seats = await system.create_event()
    await system.book(event, seats[:1])
    path = f"{ORGANIZERS}/{event['organizer']['slug']}"
    for change in ({"name": "Renamed"}, {"api_key": "k" * 24}, {"base_url": event["base_url"], "name": "Again"}):
        assert (await system.client.patch(path, json=change)).status_code == 200
    assert (await system.client.patch(f"{ORGANIZERS}/nobody", json={"base_url": ELSEWHERE})).status_code == 404


async def test_after_the_event_has_begun_its_paid_bookings_do_not_keep_the_address(system: TicketSystem) -> None:
    event, seats = await system.create_event()
    await system.book_and_pay(event, seats[:1])
    async with system.services.engine.begin() as connection:
        begun = "sales_open_at = now() - interval '3 h', sales_close_at = now() - interval '2 h', starts_at = now()"
        await connection.exec_driver_sql(f"UPDATE events SET {begun}")
    assert (await move(system, event)).status_code == 200


async def test_the_address_does_not_change_between_the_taking_of_seats_and_its_commit(
    app_client: httpx.AsyncClient, engine: AsyncEngine
) -> None:
    event = await make_event(app_client)
    (seat, *_) = await make_seats(app_client, event["id"])
    path = f"{ORGANIZERS}/{event['organizer']['slug']}"
    async with engine.begin() as connection:
        driver = await driver_in_transaction(connection)
        buyer = (uuid4(), "Ayu", "ayu@example.com")
        rows = await driver.fetch(
            TAKE_SEATS, uuid4(), UUID(event["id"]), [UUID(seat["id"])], *buyer, None, "", "test", "", 60.0, None, 0, 0
        )
        assert len(rows) == 1
        moving = asyncio.create_task(app_client.patch(path, json={"base_url": ELSEWHERE}))
        done, _ = await asyncio.wait({moving}, timeout=0.3)
        assert not done, "the change did not wait"
    assert (await moving).status_code == 409
