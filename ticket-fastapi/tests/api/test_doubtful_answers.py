"""Answers that do not confirm what was asked: they decide nothing, whatever their status says (contracts, Hold)."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from support.fake_payment import INVOICES, FakePayment
from support.server import serve
from support.ticket_system import TicketSystem

Answer = Callable[[dict[str, Any]], Response]


def hold(wanted: dict[str, Any], **changes: Any) -> Response:
    return JSONResponse({**wanted, "status": "HELD", "held_at": None, "released_at": None, **changes}, 201)


DOUBTFUL: dict[str, Answer] = {
    "a page": lambda _: HTMLResponse("<html>Welcome</html>"),
    "nothing": lambda _: Response(status_code=204),
    "another hold": lambda wanted: hold(wanted, hold_id=str(uuid4())),
    "fewer seats": lambda wanted: hold(wanted, seats=wanted["seats"][:1]),
    "more seats": lambda wanted: hold(wanted, seats=[*wanted["seats"], str(uuid4())]),
    "other seats": lambda wanted: hold(wanted, seats=[str(uuid4()) for _ in wanted["seats"]]),
    "a released hold": lambda wanted: hold(wanted, status="RELEASED"),
    "not JSON": lambda _: Response("{", 201),
    "a list": lambda _: JSONResponse([], 201),
    "a megabyte": lambda wanted: hold(wanted, note="x" * 2**20),
    "a redirect": lambda _: RedirectResponse("/elsewhere"),
    "a refusal of another kind": lambda _: JSONResponse({"type": "weather"}, 409),
}


class DoubtfulOrganizer:
    """Answers every request for a hold with `answer`; of everything else it knows nothing, and says so in HTML."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        self.calls: list[str] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        request = Request(scope, receive)
        self.calls.append(request.method)
        is_hold = request.method == "POST"
        response = self.answer(json.loads(await request.body())) if is_hold else HTMLResponse("Welcome")
        await response(scope, receive, send)


@pytest.mark.parametrize("answer", DOUBTFUL.values(), ids=DOUBTFUL)
async def test_an_answer_that_does_not_confirm_this_hold_with_these_seats_is_looked_up_and_then_released(
    system: TicketSystem, answer: Answer
) -> None:
    event, seats = await system.create_event()
    organizer = DoubtfulOrganizer(answer)
    async with serve(organizer) as url:
        await move_organizer(system, event, url)
        body = system.booking_request(event, seats[:2])
        refused = await system.client.post("/api/v1/bookings", json=body)
        assert (refused.status_code, refused.json()["type"]) == (503, "organizer-unreachable")
        assert organizer.calls == ["POST", "GET"]
        await system.make_work_due()
        await system.run_until_idle()
        # The page that answers the release does not confirm it, so the seats stay.
        assert "DELETE" in organizer.calls
        assert (await system.seat(seats[0]["id"]))["status"] == "ON_GOING"
    await move_organizer(system, event, event["base_url"])
    await system.make_work_due()
    await system.run_until_idle()
    assert (await system.seat(seats[0]["id"]))["status"] == "OPEN"


async def test_a_hold_that_is_confirmed_in_another_order_of_its_seats_counts(system: TicketSystem) -> None:
    event, seats = await system.create_event()
    organizer = DoubtfulOrganizer(lambda wanted: hold(wanted, seats=wanted["seats"][::-1], note="further members"))
    async with serve(organizer) as url:
        await move_organizer(system, event, url)
        assert (await system.book(event, seats[:3]))["status"] == "AWAITING_PAYMENT"


WRONG_INVOICES = {
    "another reference": {"reference": str(uuid4())},
    "another amount": {"amount": 1},
    "another currency": {"currency": "EUR"},
}


@pytest.mark.parametrize("wrong", WRONG_INVOICES.values(), ids=WRONG_INVOICES)
async def test_an_invoice_that_is_not_the_bookings_is_no_invoice(
    system: TicketSystem, monkeypatch: pytest.MonkeyPatch, wrong: dict[str, Any]
) -> None:
    new = FakePayment._checked

    def other(payment: FakePayment, request: Request, answer: Response) -> Response:
        answer = new(payment, request, answer)
        if (request.method, request.url.path) != ("POST", INVOICES):
            return answer
        return JSONResponse({**json.loads(bytes(answer.body)), **wrong}, answer.status_code)

    event, seats = await system.create_event()
    monkeypatch.setattr(FakePayment, "_checked", other)
    refused = await system.client.post("/api/v1/bookings", json=system.booking_request(event, seats[:1]))
    assert (refused.status_code, refused.json()["type"]) == (503, "payment-unavailable")


async def move_organizer(system: TicketSystem, event: Any, base_url: str) -> None:
    async with system.services.engine.begin() as connection:
        await connection.exec_driver_sql(
            "UPDATE organizers SET base_url = $1 WHERE slug = $2", (base_url, event["organizer"]["slug"])
        )
