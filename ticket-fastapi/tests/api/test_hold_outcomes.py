"""What organizer and payment may answer, or not answer, while a booking is made (DESIGN section 4, steps 3 to 5)."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import uuid4

import httpx
import pytest
from support.stage import Stage, until


async def post(stage: Stage, body: Any) -> httpx.Response:
    return await stage.client.post("/api/v1/bookings", json=body)


async def test_a_decline_fails_the_booking_and_opens_its_seats_at_once(stage: Stage) -> None:
    event, some = await stage.event()
    await stage.organizer_does("fail")
    order = stage.order(event, some[:2])
    answer = await post(stage, order)
    assert (answer.status_code, answer.json()["type"]) == (502, "organizer-declined")
    assert answer.json()["booking_id"] == order["booking_id"]
    assert answer.json()["booking"]["failure_reason"] == "ORGANIZER_DECLINED"
    assert {(await stage.seat(seat["id"]))["status"] for seat in some} == {"OPEN"}
    again = await post(stage, order)
    assert (again.status_code, again.json()["type"]) == (502, "organizer-declined")
    await stage.settle()
    ticket = await stage.client.get(f"/api/v1/bookings/{order['booking_id']}/ticket")
    assert ticket.json()["kind"] == "NOTICE"
    assert [data["status"] for data in await stage.told(order["booking_id"])] == ["FAILED", "FAILED"]


@pytest.mark.parametrize("stage", [{"organizer_seconds": 0.4}], indirect=True, ids=["impatient"])
async def test_a_hold_whose_answer_came_too_late_is_found_by_its_id_and_goes_on(stage: Stage) -> None:
    event, some = await stage.event()
    await stage.organizer_does("timeout")
    answer = await post(stage, stage.order(event, some[:1]))
    assert (answer.status_code, answer.json()["status"]) == (201, "AWAITING_PAYMENT")


async def test_a_broken_organizer_without_a_hold_fails_the_booking_and_leaves_a_tombstone(stage: Stage) -> None:
    event, some = await stage.event()
    await stage.organizer_does("error")
    order = stage.order(event, some[:1])
    answer = await post(stage, order)
    assert (answer.status_code, answer.json()["type"]) == (503, "organizer-unreachable")
    # Something of ours may still be on its way, so the seat waits for the organizer's word.
    assert (await stage.seat(some[0]["id"]))["status"] == "ON_GOING"
    await stage.settle()
    assert (await stage.seat(some[0]["id"]))["status"] == "OPEN"
    assert await stage.hold(event, order["booking_id"]) == "RELEASED"
    assert stage.payment.invoices[order["booking_id"]]["status"] == "VOID"


async def test_an_organizer_that_is_gone_keeps_the_seats_until_it_answers(stage: Stage) -> None:
    event, some = await stage.event()
    async with stage.services.engine.begin() as connection:
        await connection.exec_driver_sql(
            "UPDATE organizers SET base_url = 'http://127.0.0.1:9/gone' WHERE slug = $1", (event["organizer"]["slug"],)
        )
    order = stage.order(event, some[:1])
    assert (await post(stage, order)).json()["type"] == "organizer-unreachable"
    await stage.settle()
    assert (await stage.seat(some[0]["id"]))["status"] == "ON_GOING"
    async with stage.services.engine.begin() as connection:
        await connection.exec_driver_sql(
            "UPDATE organizers SET base_url = $2 WHERE slug = $1", (event["organizer"]["slug"], event["base_url"])
        )
    await stage.hurry()
    await stage.settle()
    assert (await stage.seat(some[0]["id"]))["status"] == "OPEN"


async def test_a_seat_that_the_organizer_gave_to_another_hold_is_a_decline(stage: Stage) -> None:
    event, some = await stage.event()
    foreign = {"hold_id": str(uuid4()), "event_ref": event["id"], "seats": [some[0]["id"]]}
    assert (await stage.organizer.post(f"{event['base_url']}/holds", json=foreign)).status_code == 201
    order = stage.order(event, some[:1])
    assert (await post(stage, order)).json()["type"] == "organizer-declined"
    story = (await stage.client.get(f"/api/v1/bookings/{order['booking_id']}/timeline")).json()["items"]
    assert {"answer": "already-held"} in [item["detail"] for item in story]


async def test_one_lost_answer_of_payment_is_asked_for_again(stage: Stage) -> None:
    event, some = await stage.event()
    stage.payment.silent_after.append("create")
    answer = await post(stage, stage.order(event, some[:1]))
    assert answer.status_code == 201
    assert len(stage.payment.invoices) == 1


async def test_without_an_invoice_the_booking_fails_and_hold_and_invoice_are_taken_back(stage: Stage) -> None:
    event, some = await stage.event()
    stage.payment.silent_before += ["create", "create"]
    order = stage.order(event, some[:1])
    answer = await post(stage, order)
    assert (answer.status_code, answer.json()["type"]) == (503, "payment-unavailable")
    assert answer.json()["booking"]["failure_reason"] == "INVOICE_UNAVAILABLE"
    await stage.settle()
    assert await stage.hold(event, order["booking_id"]) == "RELEASED"
    assert stage.payment.invoices[order["booking_id"]]["status"] == "VOID"
    assert (await stage.seat(some[0]["id"]))["status"] == "OPEN"


async def test_a_slow_handler_whose_booking_was_ended_tells_the_truth_and_leaves_no_orphan(stage: Stage) -> None:
    """The sweeper ends a booking that is HOLDING for too long while payment still works at its invoice."""
    event, some = await stage.event()
    stage.payment.late["create"] = asyncio.Event()
    order = stage.order(event, some[:1])
    request = asyncio.create_task(post(stage, order))
    await until(lambda: stage.payment.calls_of("create", order["booking_id"]) == 1)
    await stage.hurry()
    await stage.settle()
    assert (await stage.booking(order["booking_id"]))["status"] == "FAILED"
    newer = await stage.book_elsewhere(event, some[:1])
    stage.payment.late["create"].set()
    answer = await request
    assert (answer.status_code, answer.json()["type"]) == (503, "payment-unavailable")
    assert (await stage.seat(some[0]["id"]))["booking_id"] == newer
    assert await stage.hold(event, order["booking_id"]) == "RELEASED"
    assert stage.payment.invoices[order["booking_id"]]["status"] == "VOID"


async def test_a_held_booking_whose_maker_died_is_finished_when_both_sides_have_their_part(stage: Stage) -> None:
    event, some = await stage.event()
    booking = await stage.book(event, some[:1])
    async with stage.services.engine.begin() as connection:
        await connection.exec_driver_sql(
            "UPDATE bookings SET status = 'HOLDING', invoice_number = NULL, next_step_at = now()"
        )
    await stage.settle()
    found = await stage.booking(booking["id"])
    assert (found["status"], found["invoice_number"]) == ("AWAITING_PAYMENT", booking["invoice_number"])


@pytest.mark.parametrize(
    ("silent", "reason"), [("organizer", "ORGANIZER_UNREACHABLE"), ("payment", "INVOICE_UNAVAILABLE")]
)
async def test_a_buyer_whose_request_died_is_not_left_waiting_for_ever_when_somebody_stays_silent(
    stage: Stage, silent: str, reason: str
) -> None:
    event, some = await stage.event()
    held = await stage.book_elsewhere(event, some[:1])
    await stage.organizer.post(
        f"{event['base_url']}/holds", json={"hold_id": str(held), "event_ref": event["id"], "seats": [some[0]["id"]]}
    )
    away, back = ("http://127.0.0.1:9", event["base_url"]) if silent == "organizer" else (event["base_url"],) * 2
    stage.payment.down = silent == "payment"
    await move_organizer(stage, event, away)
    await stage.hurry()
    await stage.settle()
    assert (await stage.booking(str(held)))["status"] == "HOLDING"
    await change(stage, "UPDATE bookings SET created_at = now() - make_interval(secs => $1)", 901.0)
    await stage.hurry()
    await stage.settle()
    failed = await stage.booking(str(held))
    assert (failed["status"], failed["failure_reason"]) == ("FAILED", reason)
    assert (await stage.seat(some[0]["id"]))["status"] == "ON_GOING"

    stage.payment.down = False
    await move_organizer(stage, event, back)
    await stage.hurry()
    await stage.settle()
    assert (await stage.seat(some[0]["id"]))["status"] == "OPEN"
    assert await stage.hold(event, str(held)) == "RELEASED"


async def move_organizer(stage: Stage, event: Any, base_url: str) -> None:
    await change(stage, "UPDATE organizers SET base_url = $1 WHERE slug = $2", base_url, event["organizer"]["slug"])


async def change(stage: Stage, statement: str, *values: object) -> None:
    async with stage.services.engine.begin() as connection:
        await connection.exec_driver_sql(statement, values)
