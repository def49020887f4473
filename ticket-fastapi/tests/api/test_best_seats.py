"""A caller gets the best seats together in one request, and a crowd that asks costs the database little."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any
from uuid import uuid4

import httpx
import pytest
from fastapi import FastAPI
from support.catalog import create, make_event, make_seats
from support.ticket_system import TicketSystem

from devstack.deadlines import Deadline

CROWD = 60


async def ask(client: httpx.AsyncClient, event: Any, **params: object) -> Any:
    """Returns the proposal."""
    answer = await client.get(f"/api/v1/events/{event['id']}/best-seats", params=params)  # type: ignore[arg-type]
    assert answer.status_code == 200, answer.text
    return answer.json()["proposal"]


def numbers(proposal: Any) -> list[str]:
    return [f"{seat['row']}{seat['number']}" for seat in proposal["seats"]]


def stop_time(app: FastAPI) -> None:
    """Keeps every map and every proposal fresh."""
    best = app.state.best_seats
    for kept in (app.state.seat_maps, best._halls, best._proposals, best._seats):
        kept._clock = lambda: 0.0


async def test_the_proposal_has_the_seats_with_their_ids_and_can_be_booked(system: TicketSystem) -> None:
    event, seats = await system.create_event(seats_per_row=5)
    found = await ask(system.client, event, count=3)
    middle = [{name: seat[name] for name in ("id", "section", "row", "number", "price")} for seat in seats[:3]]
    assert found == {"seats": middle, "adjacent": True, "leaves_single_seat": False}
    booking = await system.book(event, found["seats"])
    assert [seat["id"] for seat in booking["seats"]] == [seat["id"] for seat in middle]


async def test_of_equal_kinds_price_and_section_narrow_the_choice(app_client: httpx.AsyncClient) -> None:
    event = await make_event(app_client)
    for section, price in (("Balkon", 90), ("Parkett", 50)):
        layout = {"section": section, "rows": 2, "seats_per_row": 6, "price": price}
        await create(app_client, f"/api/v1/events/{event['id']}/seats", layout)
    assert {seat["section"] for seat in (await ask(app_client, event, count=2))["seats"]} == {"Balkon"}
    assert {seat["section"] for seat in (await ask(app_client, event, count=2, max_price=89))["seats"]} == {"Parkett"}
    assert (await ask(app_client, event, count=2, max_price=89, section="Balkon")) is None
    assert (await ask(app_client, event, count=2, max_price=49)) is None
    assert (await ask(app_client, event, count=2, section="Elsewhere")) is None
    assert (await ask(app_client, event, count=6, section="Parkett"))["adjacent"] is True
    divided = await ask(app_client, event, count=8, section="Parkett")
    assert (divided["adjacent"], {seat["row"] for seat in divided["seats"]}) == (False, {"A", "B"})


async def test_a_single_seat_that_cannot_be_avoided_is_said(app_client: httpx.AsyncClient) -> None:
    event = await make_event(app_client)
    await make_seats(app_client, event["id"], rows=1, seats_per_row=3)
    assert (await ask(app_client, event, count=2))["leaves_single_seat"] is True


async def test_a_crowd_is_spread_and_causes_one_read_of_the_map_and_one_of_each_proposal(
    app: FastAPI, app_client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    event = await make_event(app_client)
    await make_seats(app_client, event["id"], rows=10, seats_per_row=40)
    stop_time(app)
    reads: list[object] = []

    def counted(read: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        async def reading(*what: object) -> Any:
            reads.append(what)
            return await read(*what)

        return reading

    monkeypatch.setattr(app.state.seat_maps, "_read", counted(app.state.seat_maps._read))
    monkeypatch.setattr(app.state.best_seats, "_find", counted(app.state.best_seats._find))
    found = await asyncio.gather(*(ask(app_client, event, count=2, seed=f"buyer-{n}") for n in range(CROWD)))
    proposals = {tuple(numbers(proposal)) for proposal in found}
    assert len(proposals) > CROWD / 4
    seats = [seat for proposal in proposals for seat in proposal]
    assert len(seats) == len(set(seats))
    assert len(reads) == 1 + len(proposals)


async def test_who_asks_alone_gets_the_best_with_any_seed(app: FastAPI, app_client: httpx.AsyncClient) -> None:
    event = await make_event(app_client)
    await make_seats(app_client, event["id"], rows=3, seats_per_row=10)
    ticks = iter(range(10_000))
    app.state.best_seats._proposals._clock = lambda: 10.0 * next(ticks)
    for seed in "abcdefgh":
        assert numbers(await ask(app_client, event, count=2, seed=seed)) == ["A5", "A6"]


async def test_who_comes_too_late_asks_anew_and_gets_other_seats(system: TicketSystem) -> None:
    event, _ = await system.create_event(seats_per_row=4)
    first = await ask(system.client, event, count=2)
    await system.book(event, first["seats"])
    late = await system.client.post("/api/v1/bookings", json=system.booking_request(event, first["seats"]))
    assert (late.status_code, late.json()["type"]) == (409, "seat-unavailable")
    # The map is up to a second old, and so are the seats of a proposal.
    deadline = Deadline(10)
    while numbers(second := await ask(system.client, event, count=2)) == numbers(first):
        assert not deadline.is_over()
        await asyncio.sleep(0.05)
    await system.book(event, second["seats"])


async def test_an_unknown_event_has_no_proposal_and_one_without_seats_none(app_client: httpx.AsyncClient) -> None:
    unknown = await app_client.get(f"/api/v1/events/{uuid4()}/best-seats", params={"count": 1})
    assert (unknown.status_code, unknown.json()["type"]) == (404, "event-not-found")
    assert await ask(app_client, await make_event(app_client), count=1) is None


@pytest.mark.parametrize(
    ("wrong", "fields"),
    [
        ({}, ["count"]),
        ({"count": 0}, ["count"]),
        ({"count": 11}, ["count"]),
        ({"count": "x"}, ["count"]),
        ({"count": 1, "max_price": -1}, ["max_price"]),
        ({"count": 1, "max_price": 10**19}, ["max_price"]),
        ({"count": 1, "section": "x" * 61}, ["section"]),
        ({"count": 1, "seed": ""}, ["seed"]),
        ({"count": 1, "seed": "x" * 65}, ["seed"]),
        ({"count": 1, "seed": "a b"}, ["seed"]),
    ],
)
async def test_a_wrong_request_is_refused_and_named(
    app_client: httpx.AsyncClient, wrong: dict[str, str], fields: Sequence[str]
) -> None:
    event = await make_event(app_client)
    answer = await app_client.get(f"/api/v1/events/{event['id']}/best-seats", params=wrong)
    assert (answer.status_code, answer.json()["type"]) == (422, "validation-error")
    assert [error["field"] for error in answer.json()["errors"]] == fields
