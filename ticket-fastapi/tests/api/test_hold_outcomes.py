"""Each answer of organizer and payment, or no answer, while a booking is created (docs/booking.md, steps 3 to 5)."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import uuid4

import httpx
import pytest
from support.ticket_system import TicketSystem

from devstack.waiting import wait_until


async def post(system: TicketSystem, body: Any) -> httpx.Response:
    return await system.client.post("/api/v1/bookings", json=body)


async def test_a_decline_fails_the_booking_and_opens_its_seats_at_once(system: TicketSystem) -> None:
    event, seats = await system.create_event()
    await system.set_organizer_outcomes("fail")
    body = system.booking_request(event, seats[:2])
    answer = await post(system, body)
    assert (answer.status_code, answer.json()["type"]) == (502, "organizer-declined")
    assert answer.json()["booking_id"] == body["booking_id"]
    assert answer.json()["booking"]["failure_reason"] == "ORGANIZER_DECLINED"
    assert {(await system.seat(seat["id"]))["status"] for seat in seats} == {"OPEN"}
    again = await post(system, body)
    assert (again.status_code, again.json()["type"]) == (502, "organizer-declined")
    await system.run_until_idle()
    ticket = await system.client.get(f"/api/v1/bookings/{body['booking_id']}/ticket")
    assert ticket.json()["kind"] == "NOTICE"
    assert [data["status"] for data in await system.published(body["booking_id"])] == ["FAILED", "FAILED"]


@pytest.mark.parametrize("system", [{"organizer_seconds": 0.4}], indirect=True, ids=["impatient"])
async def test_a_hold_whose_answer_came_too_late_is_found_by_its_id_and_used(system: TicketSystem) -> None:
    event, seats = await system.create_event()
    await system.set_organizer_outcomes("timeout")
    answer = await post(system, system.booking_request(event, seats[:1]))
    assert (answer.status_code, answer.json()["status"]) == (201, "AWAITING_PAYMENT")


async def test_a_broken_organizer_without_a_hold_fails_the_booking_and_leaves_a_tombstone(system: TicketSystem) -> None:
    event, seats = await system.create_event()
    await system.set_organizer_outcomes("error")
    body = system.booking_request(event, seats[:1])
    answer = await post(system, body)
    assert (answer.status_code, answer.json()["type"]) == (503, "organizer-unreachable")
    # A hold request may still be on its way, so the seat stays ON_GOING until the organizer has answered the release.
    assert (await system.seat(seats[0]["id"]))["status"] == "ON_GOING"
    await system.run_until_idle()
    assert (await system.seat(seats[0]["id"]))["status"] == "OPEN"
    assert await system.hold_status(event, body["booking_id"]) == "RELEASED"
    assert system.payment.invoices[body["booking_id"]]["status"] == "VOID"


async def test_an_organizer_that_is_gone_keeps_the_seats_until_it_answers(system: TicketSystem) -> None:
    event, seats = await system.create_event()
    async with system.services.engine.begin() as connection:
        await connection.exec_driver_sql(
            "UPDATE organizers SET base_url = 'http://127.0.0.1:9/gone' WHERE slug = $1", (event["organizer"]["slug"],)
        )
    body = system.booking_request(event, seats[:1])
    assert (await post(system, body)).json()["type"] == "organizer-unreachable"
    await system.run_until_idle()
    assert (await system.seat(seats[0]["id"]))["status"] == "ON_GOING"
    async with system.services.engine.begin() as connection:
        await connection.exec_driver_sql(
            "UPDATE organizers SET base_url = $2 WHERE slug = $1", (event["organizer"]["slug"], event["base_url"])
        )
    await system.make_work_due()
    await system.run_until_idle()
    assert (await system.seat(seats[0]["id"]))["status"] == "OPEN"


async def test_a_seat_that_the_organizer_gave_to_another_hold_is_a_decline(system: TicketSystem) -> None:
    event, seats = await system.create_event()
    foreign = {"hold_id": str(uuid4()), "event_ref": event["id"], "seats": [seats[0]["id"]]}
    assert (await system.organizer.post(f"{event['base_url']}/holds", json=foreign)).status_code == 201
    body = system.booking_request(event, seats[:1])
    assert (await post(system, body)).json()["type"] == "organizer-declined"
    timeline = (await system.client.get(f"/api/v1/bookings/{body['booking_id']}/timeline")).json()["items"]
    assert {"answer": "already-held"} in [item["detail"] for item in timeline]


async def test_a_lost_answer_of_payment_is_requested_again(system: TicketSystem) -> None:
    event, seats = await system.create_event()
    system.payment.lost_answers.append("create")
    answer = await post(system, system.booking_request(event, seats[:1]))
    assert answer.status_code == 201
    assert system.payment.calls_of("create", answer.json()["id"]) == 2


async def test_a_booking_without_an_invoice_fails_and_its_hold_is_released(system: TicketSystem) -> None:
    event, seats = await system.create_event()
    system.payment.lost_requests += ["create", "create"]
    body = system.booking_request(event, seats[:1])
    answer = await post(system, body)
    assert (answer.status_code, answer.json()["type"]) == (503, "payment-unavailable")
    assert answer.json()["booking"]["failure_reason"] == "INVOICE_UNAVAILABLE"
    await system.run_until_idle()
    assert await system.hold_status(event, body["booking_id"]) == "RELEASED"
    assert system.payment.invoices[body["booking_id"]]["status"] == "VOID"
    assert (await system.seat(seats[0]["id"]))["status"] == "OPEN"


async def test_a_request_whose_booking_failed_meanwhile_says_so_and_leaves_no_hold_or_invoice(
    system: TicketSystem,
) -> None:
    """A worker ends a booking that is HOLDING too long while payment still creates its invoice."""
    event, seats = await system.create_event()
    system.payment.delayed["create"] = asyncio.Event()
    body = system.booking_request(event, seats[:1])
    request = asyncio.create_task(post(system, body))
    await wait_until(lambda: system.payment.calls_of("create", body["booking_id"]) == 1)
    await system.make_work_due()
    await system.run_until_idle()
    assert (await system.booking(body["booking_id"]))["status"] == "FAILED"
    newer = await system.store_hold(event, seats[:1])
    system.payment.delayed["create"].set()
    answer = await request
    assert (answer.status_code, answer.json()["type"]) == (503, "payment-unavailable")
    assert (await system.seat(seats[0]["id"]))["booking_id"] == newer
    assert await system.hold_status(event, body["booking_id"]) == "RELEASED"
    assert system.payment.invoices[body["booking_id"]]["status"] == "VOID"


async def test_an_interrupted_booking_is_confirmed_if_hold_and_invoice_exist(
    system: TicketSystem,
) -> None:
    event, seats = await system.create_event()
    booking = await system.book(event, seats[:1])
    async with system.services.engine.begin() as connection:
        await connection.exec_driver_sql(
            "UPDATE bookings SET status = 'HOLDING', invoice_number = NULL, next_step_at = now()"
        )
    await system.run_until_idle()
    found = await system.booking(booking["id"])
    assert (found["status"], found["invoice_number"]) == ("AWAITING_PAYMENT", booking["invoice_number"])


@pytest.mark.parametrize(
    ("unreachable", "reason"), [("organizer", "ORGANIZER_UNREACHABLE"), ("payment", "INVOICE_UNAVAILABLE")]
)
async def test_an_interrupted_booking_fails_if_organizer_or_payment_stays_unreachable(
    system: TicketSystem, unreachable: str, reason: str
) -> None:
    event, seats = await system.create_event()
    held = await system.store_hold(event, seats[:1])
    await system.organizer.post(
        f"{event['base_url']}/holds", json={"hold_id": str(held), "event_ref": event["id"], "seats": [seats[0]["id"]]}
    )
    away, back = ("http://127.0.0.1:9", event["base_url"]) if unreachable == "organizer" else (event["base_url"],) * 2
    system.payment.is_down = unreachable == "payment"
    await move_organizer(system, event, away)
    await system.make_work_due()
    await system.run_until_idle()
    assert (await system.booking(str(held)))["status"] == "HOLDING"
    await change(system, "UPDATE bookings SET created_at = now() - make_interval(secs => $1)", 901.0)
    await system.make_work_due()
    await system.run_until_idle()
    failed = await system.booking(str(held))
    assert (failed["status"], failed["failure_reason"]) == ("FAILED", reason)
    assert (await system.seat(seats[0]["id"]))["status"] == "ON_GOING"

    system.payment.is_down = False
    await move_organizer(system, event, back)
    await system.make_work_due()
    await system.run_until_idle()
    assert (await system.seat(seats[0]["id"]))["status"] == "OPEN"
    assert await system.hold_status(event, str(held)) == "RELEASED"


async def move_organizer(system: TicketSystem, event: Any, base_url: str) -> None:
    await change(system, "UPDATE organizers SET base_url = $1 WHERE slug = $2", base_url, event["organizer"]["slug"])


async def change(system: TicketSystem, statement: str, *values: object) -> None:
    async with system.services.engine.begin() as connection:
        await connection.exec_driver_sql(statement, values)
