"""The gate at payment, before an unpaid or a paid booking may end (DESIGN section 4, Expiry and Cancel)."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from support.stage import Stage
from ticketing.domain.booking import CancelReason
from ticketing.usecases.booking.cancel_booking import cancel_booking


async def cancel(stage: Stage, booking: Any, **body: str) -> httpx.Response:
    return await stage.client.post(f"/api/v1/bookings/{booking['id']}/cancel", json=body)


async def seat_status(stage: Stage, seat: Any) -> str:
    return str((await stage.seat(seat["id"]))["status"])


async def test_an_unpaid_booking_expires_and_its_invoice_is_void_first(stage: Stage) -> None:
    event, some = await stage.event()
    booking = await stage.book(event, some[:1])
    await stage.overdue(booking["id"])
    await stage.settle()
    ended = await stage.booking(booking["id"])
    assert (ended["status"], ended["failure_reason"], ended["cancel_reason"]) == ("EXPIRED", None, None)
    assert stage.payment.invoices[booking["id"]]["status"] == "VOID"
    assert await stage.hold(event, booking["id"]) == "RELEASED"
    assert await seat_status(stage, some[0]) == "OPEN"
    assert ended["document"]["kind"] == "NOTICE"


async def test_a_booking_does_not_expire_before_its_time(stage: Stage) -> None:
    event, some = await stage.event()
    booking = await stage.book(event, some[:1])
    await stage.hurry()
    await stage.settle()
    assert (await stage.booking(booking["id"]))["status"] == "AWAITING_PAYMENT"
    assert stage.payment.calls_of("void", booking["id"]) == 0


@pytest.mark.parametrize(("outcome", "status"), [("PAID", "BOOKED"), ("FAILED", "FAILED")])
async def test_a_booking_that_is_being_paid_at_its_deadline_waits_for_the_outcome(
    stage: Stage, outcome: str, status: str
) -> None:
    event, some = await stage.event()
    booking = await stage.book(event, some[:1])
    stage.payment.decide(booking["id"], "PROCESSING")
    await stage.overdue(booking["id"])
    await stage.settle()
    assert (await stage.booking(booking["id"]))["status"] == "AWAITING_PAYMENT"
    assert await seat_status(stage, some[0]) == "ON_GOING"
    stage.payment.decide(booking["id"], outcome)
    await stage.hurry()
    await stage.settle()
    assert (await stage.booking(booking["id"]))["status"] == status


async def test_while_payment_is_silent_nothing_expires(stage: Stage) -> None:
    event, some = await stage.event()
    booking = await stage.book(event, some[:1])
    stage.payment.down = True
    await stage.overdue(booking["id"])
    await stage.settle()
    assert (await stage.booking(booking["id"]))["status"] == "AWAITING_PAYMENT"
    assert (await stage.row(booking["id"]))["next_step_at"] is not None
    stage.payment.down = False
    await stage.hurry()
    await stage.settle()
    assert (await stage.booking(booking["id"]))["status"] == "EXPIRED"


async def test_a_payment_that_races_with_the_expiry_is_either_booked_or_void_never_both(stage: Stage) -> None:
    event, some = await stage.event()
    for seat in some:
        booking = await stage.book(event, [seat])
        stage.payment.decide(booking["id"], "PAID")
        await stage.overdue(booking["id"])
        await asyncio.gather(stage.tell(booking["id"]), stage.settle())
        assert (await stage.booking(booking["id"]))["status"] == "BOOKED"
        assert await seat_status(stage, seat) == "BOOKED"


async def test_an_unpaid_booking_is_cancelled_by_its_buyer(stage: Stage) -> None:
    event, some = await stage.event()
    booking = await stage.book(event, some[:2])
    answer = await cancel(stage, booking)
    assert (answer.status_code, answer.json()["status"]) == (200, "CANCELLED")
    assert (answer.json()["cancel_reason"], answer.json()["refund_status"]) == ("BUYER", None)
    await stage.settle()
    assert {await seat_status(stage, seat) for seat in some} == {"OPEN"}
    assert stage.payment.invoices[booking["id"]]["status"] == "VOID"


async def test_a_paid_booking_is_cancelled_refunded_and_noticed(stage: Stage) -> None:
    event, some = await stage.event()
    booking = await stage.booked(event, some[:1])
    answer = (await cancel(stage, booking, reason="STAFF")).json()
    assert (answer["status"], answer["cancel_reason"], answer["refund_status"]) == ("CANCELLED", "STAFF", "PENDING")
    assert await seat_status(stage, some[0]) == "ON_GOING"
    await stage.settle()
    assert await seat_status(stage, some[0]) == "OPEN"
    assert stage.payment.invoices[booking["id"]]["refund_requested_at"] is not None
    await stage.pay(booking["id"], "REFUNDED")
    await stage.settle()
    ended = await stage.booking(booking["id"])
    assert (ended["refund_status"], ended["document"]["kind"]) == ("REFUNDED", "NOTICE")
    assert (await stage.row(booking["id"]))["next_step_at"] is None


@pytest.mark.parametrize(
    ("reason", "status", "answer"),
    [("BUYER", "BOOKED", "event-started"), ("STAFF", "CANCELLED", None)],
)
async def test_once_the_event_has_begun_only_staff_gives_a_buyer_the_money_back(
    stage: Stage, reason: str, status: str, answer: str | None
) -> None:
    event, some = await stage.event()
    paid, unpaid = await stage.booked(event, some[:1]), await stage.book(event, some[1:2])
    begun = {"starts_at": (datetime.now(UTC) - timedelta(minutes=1)).isoformat()}
    assert (await stage.client.patch(f"/api/v1/events/{event['id']}", json=begun)).status_code == 200
    assert (await cancel(stage, paid, reason=reason)).json().get("type") == answer
    assert (await stage.booking(paid["id"]))["status"] == status
    # Nothing was paid here, so there is nothing to give back.
    assert (await cancel(stage, unpaid, reason="BUYER")).status_code == 200


async def test_a_refund_whose_webhook_was_lost_is_found_by_asking(stage: Stage) -> None:
    event, some = await stage.event()
    booking = await stage.booked(event, some[:1])
    await cancel(stage, booking)
    await stage.settle()
    stage.payment.decide(booking["id"], "REFUNDED")
    await stage.hurry()
    await stage.settle()
    assert (await stage.booking(booking["id"]))["refund_status"] == "REFUNDED"


async def test_cancelling_again_changes_nothing_even_when_somebody_else_has_the_seat(stage: Stage) -> None:
    event, some = await stage.event()
    booking = await stage.booked(event, some[:1])
    first = (await cancel(stage, booking)).json()
    await stage.settle()
    newer = await stage.booked(event, some[:1])
    before = await stage.seat(some[0]["id"])
    again = await cancel(stage, booking)
    assert (again.status_code, again.json()["status"]) == (200, "CANCELLED")
    assert again.json()["version"] >= first["version"]
    await stage.hurry(booking["id"])
    await stage.settle()
    assert await stage.seat(some[0]["id"]) == before
    assert (before["booking_id"], before["status"]) == (UUID(newer["id"]), "BOOKED")
    assert await stage.hold(event, newer["id"]) == "HELD"


async def test_a_release_that_comes_late_finds_a_newer_holder_and_leaves_it_alone(stage: Stage) -> None:
    """As if the release job of an old booking ran once more, with its row as it was before."""
    event, some = await stage.event()
    old = await stage.book(event, some[:1])
    await cancel(stage, old)
    await stage.settle()
    newer = await stage.book(event, some[:1])
    async with stage.services.engine.begin() as connection:
        await connection.exec_driver_sql(
            "UPDATE bookings SET released_at = NULL, next_step_at = now() WHERE id = $1", (UUID(old["id"]),)
        )
    await stage.settle()
    seat = await stage.seat(some[0]["id"])
    assert (seat["status"], seat["booking_id"]) == ("ON_GOING", UUID(newer["id"]))


async def test_a_booking_that_is_being_made_or_paid_cannot_be_cancelled(stage: Stage) -> None:
    event, some = await stage.event()
    booking = await stage.book(event, some[:1])
    stage.payment.decide(booking["id"], "PROCESSING")
    answer = await cancel(stage, booking)
    assert (answer.status_code, answer.json()["type"]) == (409, "payment-in-progress")
    held = {"id": str(await stage.book_elsewhere(event, some[1:2]))}
    answer = await cancel(stage, held)
    assert (answer.status_code, answer.json()["type"]) == (409, "booking-in-progress")


async def test_a_booking_that_was_paid_meanwhile_is_cancelled_as_a_paid_one(stage: Stage) -> None:
    event, some = await stage.event()
    booking = await stage.book(event, some[:1])
    stage.payment.decide(booking["id"], "PAID")
    answer = (await cancel(stage, booking)).json()
    assert (answer["status"], answer["refund_status"]) == ("CANCELLED", "PENDING")


async def test_what_has_failed_or_expired_cannot_be_cancelled(stage: Stage) -> None:
    event, some = await stage.event()
    failed = await stage.book(event, some[:1])
    await stage.pay(failed["id"], "FAILED")
    expired = await stage.book(event, some[1:2])
    await stage.overdue(expired["id"])
    await stage.settle()
    for booking in (failed, expired):
        answer = await cancel(stage, booking)
        assert (answer.status_code, answer.json()["type"]) == (409, "booking-already-ended")


async def test_while_payment_is_silent_an_unpaid_booking_is_not_cancelled(stage: Stage) -> None:
    event, some = await stage.event()
    booking = await stage.book(event, some[:1])
    stage.payment.down = True
    answer = await cancel(stage, booking)
    assert (answer.status_code, answer.json()["type"]) == (503, "payment-unavailable")
    assert (await stage.booking(booking["id"]))["status"] == "AWAITING_PAYMENT"


async def test_two_cancellations_at_once_have_one_effect(stage: Stage) -> None:
    event, some = await stage.event()
    booking = await stage.booked(event, some[:1])
    answers = await asyncio.gather(*(cancel(stage, booking) for _ in range(5)))
    assert {answer.status_code for answer in answers} == {200}
    versions = [data["version"] for data in await stage.told(booking["id"])]
    assert len(versions) == len(set(versions))
    await stage.settle()
    assert await seat_status(stage, some[0]) == "OPEN"


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        (f"/api/v1/bookings/{uuid4()}/cancel", {}, 404),
        ("/api/v1/bookings/17/cancel", {}, 422),
        ("{own}/cancel", {"reason": "WHIM"}, 422),
        ("{own}/cancel", {"reason": "BUYER", "force": True}, 422),
        ("{own}/cancel", [], 422),
    ],
)
async def test_a_wrong_cancellation_is_refused(stage: Stage, path: str, body: Any, status: int) -> None:
    event, some = await stage.event()
    booking = await stage.book(event, some[:1])
    answer = await stage.client.post(path.format(own=f"/api/v1/bookings/{booking['id']}"), json=body)
    assert answer.status_code == status
    assert (await stage.booking(booking["id"]))["status"] == "AWAITING_PAYMENT"


async def test_an_event_that_is_cancelled_calls_off_a_booking_that_is_being_made(stage: Stage) -> None:
    event, some = await stage.event()
    held = await stage.book_elsewhere(event, some[:1])
    await cancel_booking(stage.services, held, CancelReason.EVENT_CANCELLED, actor="staff")
    await stage.settle()
    assert (await stage.booking(str(held)))["cancel_reason"] == "EVENT_CANCELLED"
    assert await seat_status(stage, some[0]) == "OPEN"


async def test_the_lists_can_be_read_page_by_page_and_filtered(stage: Stage) -> None:
    event, some = await stage.event()
    buyer = {"id": str(uuid4()), "name": "Ayu", "email": "ayu@example.com"}
    made = [await stage.book(event, [seat], customer=buyer) for seat in some]
    await cancel(stage, made[0])
    path = "/api/v1/bookings"
    first = (await stage.client.get(path, params={"customer_id": buyer["id"], "limit": 2})).json()
    rest = (await stage.client.get(path, params={"customer_id": buyer["id"], "cursor": first["next_cursor"]})).json()
    assert [item["id"] for item in first["items"] + rest["items"]] == [booking["id"] for booking in reversed(made)]
    assert rest["next_cursor"] is None
    ended = (await stage.client.get(path, params={"status": "CANCELLED", "event_id": event["id"]})).json()["items"]
    assert [item["id"] for item in ended] == [made[0]["id"]]
    for wrong in ({"status": "GONE"}, {"cursor": "%%%"}, {"limit": 0}, {"customer_id": "x"}):
        assert (await stage.client.get(path, params=wrong)).status_code == 422


async def test_the_timeline_tells_the_story_with_and_without_payment(stage: Stage) -> None:
    event, some = await stage.event()
    booking = await stage.booked(event, some[:1])
    path = f"/api/v1/bookings/{booking['id']}/timeline"
    items = (await stage.client.get(path)).json()["items"]
    assert {item["service"] for item in items} == {"ticket", "payment"}
    assert [item["at"] for item in items] == sorted(item["at"] for item in items)
    steps = [item["action"] for item in items if item["service"] == "ticket" and item["action"].startswith("booking.")]
    assert steps == ["booking.hold", "booking.confirm", "booking.pay", "booking.issue_document"]
    stage.payment.down = True
    alone = (await stage.client.get(path)).json()["items"]
    assert {item["service"] for item in alone} == {"ticket"}


async def test_a_ticket_that_is_not_ready_and_a_booking_that_is_not_there_are_404(stage: Stage) -> None:
    event, some = await stage.event()
    booking = await stage.book(event, some[:1])
    answer = await stage.client.get(f"/api/v1/bookings/{booking['id']}/ticket")
    assert (answer.status_code, answer.json()["type"]) == (404, "ticket-not-ready")
    for path in ("", "/ticket", "/timeline"):
        answer = await stage.client.get(f"/api/v1/bookings/{uuid4()}{path}")
        assert (answer.status_code, answer.json()["type"]) == (404, "not-found")
