"""A booking ends only after payment has answered for its invoice (docs/booking.md, Expiry and Cancel)."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from support.ticket_system import TicketSystem
from ticketing.domain.booking import CancelReason
from ticketing.usecases.booking.cancel_booking import cancel_booking


async def cancel(system: TicketSystem, booking: Any, **body: str) -> httpx.Response:
    return await system.client.post(f"/api/v1/bookings/{booking['id']}/cancel", json=body)


async def seat_status(system: TicketSystem, seat: Any) -> str:
    return str((await system.seat(seat["id"]))["status"])


async def test_an_unpaid_booking_expires_and_its_invoice_is_void_first(system: TicketSystem) -> None:
    event, seats = await system.create_event()
    booking = await system.book(event, seats[:1])
    await system.pass_payment_deadline(booking["id"])
    await system.run_until_idle()
    ended = await system.booking(booking["id"])
    assert (ended["status"], ended["failure_reason"], ended["cancel_reason"]) == ("EXPIRED", None, None)
    assert system.payment.invoices[booking["id"]]["status"] == "VOID"
    assert await system.hold_status(event, booking["id"]) == "RELEASED"
    assert await seat_status(system, seats[0]) == "OPEN"
    assert ended["document"]["kind"] == "NOTICE"


async def test_a_booking_does_not_expire_before_its_payment_deadline(system: TicketSystem) -> None:
    event, seats = await system.create_event()
    booking = await system.book(event, seats[:1])
    await system.make_work_due()
    await system.run_until_idle()
    assert (await system.booking(booking["id"]))["status"] == "AWAITING_PAYMENT"
    assert system.payment.calls_of("void", booking["id"]) == 0


@pytest.mark.parametrize(("outcome", "status"), [("PAID", "BOOKED"), ("FAILED", "FAILED")])
async def test_a_booking_that_is_being_paid_at_its_deadline_waits_for_the_outcome(
    system: TicketSystem, outcome: str, status: str
) -> None:
    event, seats = await system.create_event()
    booking = await system.book(event, seats[:1])
    system.payment.set_status(booking["id"], "PROCESSING")
    await system.pass_payment_deadline(booking["id"])
    await system.run_until_idle()
    assert (await system.booking(booking["id"]))["status"] == "AWAITING_PAYMENT"
    assert await seat_status(system, seats[0]) == "ON_GOING"
    system.payment.set_status(booking["id"], outcome)
    await system.make_work_due()
    await system.run_until_idle()
    assert (await system.booking(booking["id"]))["status"] == status


async def test_while_payment_is_unreachable_nothing_expires(system: TicketSystem) -> None:
    event, seats = await system.create_event()
    booking = await system.book(event, seats[:1])
    system.payment.is_down = True
    await system.pass_payment_deadline(booking["id"])
    await system.run_until_idle()
    assert (await system.booking(booking["id"]))["status"] == "AWAITING_PAYMENT"
    assert (await system.booking_row(booking["id"]))["next_step_at"] is not None
    system.payment.is_down = False
    await system.make_work_due()
    await system.run_until_idle()
    assert (await system.booking(booking["id"]))["status"] == "EXPIRED"


async def test_a_paid_booking_is_booked_when_its_webhook_races_with_its_expiry(system: TicketSystem) -> None:
    event, seats = await system.create_event()
    for seat in seats:
        booking = await system.book(event, [seat])
        system.payment.set_status(booking["id"], "PAID")
        await system.pass_payment_deadline(booking["id"])
        await asyncio.gather(system.send_invoice_webhook(booking["id"]), system.run_until_idle())
        assert (await system.booking(booking["id"]))["status"] == "BOOKED"
        assert await seat_status(system, seat) == "BOOKED"


async def test_an_unpaid_booking_is_cancelled_by_its_buyer(system: TicketSystem) -> None:
    event, seats = await system.create_event()
    booking = await system.book(event, seats[:2])
    answer = await cancel(system, booking)
    assert (answer.status_code, answer.json()["status"]) == (200, "CANCELLED")
    assert (answer.json()["cancel_reason"], answer.json()["refund_status"]) == ("BUYER", None)
    await system.run_until_idle()
    assert {await seat_status(system, seat) for seat in seats} == {"OPEN"}
    assert system.payment.invoices[booking["id"]]["status"] == "VOID"


async def test_a_paid_booking_is_cancelled_refunded_and_gets_a_notice(system: TicketSystem) -> None:
    event, seats = await system.create_event()
    booking = await system.book_and_pay(event, seats[:1])
    answer = (await cancel(system, booking, reason="STAFF")).json()
    assert (answer["status"], answer["cancel_reason"], answer["refund_status"]) == ("CANCELLED", "STAFF", "PENDING")
    assert await seat_status(system, seats[0]) == "ON_GOING"
    await system.run_until_idle()
    assert await seat_status(system, seats[0]) == "OPEN"
    assert system.payment.invoices[booking["id"]]["refund_requested_at"] is not None
    await system.pay(booking["id"], "REFUNDED")
    await system.run_until_idle()
    ended = await system.booking(booking["id"])
    assert (ended["refund_status"], ended["document"]["kind"]) == ("REFUNDED", "NOTICE")
    assert (await system.booking_row(booking["id"]))["next_step_at"] is None


@pytest.mark.parametrize(
    ("reason", "status", "answer"),
    [("BUYER", "BOOKED", "event-started"), ("STAFF", "CANCELLED", None)],
)
async def test_after_the_start_only_staff_can_cancel_a_paid_booking(
    system: TicketSystem, reason: str, status: str, answer: str | None
) -> None:
    event, seats = await system.create_event()
    paid, unpaid = await system.book_and_pay(event, seats[:1]), await system.book(event, seats[1:2])
    begun = {"starts_at": (datetime.now(UTC) - timedelta(minutes=1)).isoformat()}
    assert (await system.client.patch(f"/api/v1/events/{event['id']}", json=begun)).status_code == 200
    assert (await cancel(system, paid, reason=reason)).json().get("type") == answer
    assert (await system.booking(paid["id"]))["status"] == status
    # The other booking is unpaid, so its buyer may cancel it without a refund.
    assert (await cancel(system, unpaid, reason="BUYER")).status_code == 200


async def test_a_refund_whose_webhook_was_lost_is_found_by_the_worker(system: TicketSystem) -> None:
    event, seats = await system.create_event()
    booking = await system.book_and_pay(event, seats[:1])
    await cancel(system, booking)
    await system.run_until_idle()
    system.payment.set_status(booking["id"], "REFUNDED")
    await system.make_work_due()
    await system.run_until_idle()
    assert (await system.booking(booking["id"]))["refund_status"] == "REFUNDED"


async def test_cancelling_again_changes_nothing_even_when_somebody_else_has_the_seat(system: TicketSystem) -> None:
    event, seats = await system.create_event()
    booking = await system.book_and_pay(event, seats[:1])
    first = (await cancel(system, booking)).json()
    await system.run_until_idle()
    newer = await system.book_and_pay(event, seats[:1])
    before = await system.seat(seats[0]["id"])
    again = await cancel(system, booking)
    assert (again.status_code, again.json()["status"]) == (200, "CANCELLED")
    assert again.json()["version"] >= first["version"]
    await system.make_work_due(booking["id"])
    await system.run_until_idle()
    assert await system.seat(seats[0]["id"]) == before
    assert (before["booking_id"], before["status"]) == (UUID(newer["id"]), "BOOKED")
    assert await system.hold_status(event, newer["id"]) == "HELD"


async def test_a_late_release_does_not_touch_the_seat_of_a_newer_booking(system: TicketSystem) -> None:
    """Resets the row of an old booking so that its release runs again."""
    event, seats = await system.create_event()
    old = await system.book(event, seats[:1])
    await cancel(system, old)
    await system.run_until_idle()
    newer = await system.book(event, seats[:1])
    async with system.services.engine.begin() as connection:
        await connection.exec_driver_sql(
            "UPDATE bookings SET released_at = NULL, next_step_at = now() WHERE id = $1", (UUID(old["id"]),)
        )
    await system.run_until_idle()
    seat = await system.seat(seats[0]["id"])
    assert (seat["status"], seat["booking_id"]) == ("ON_GOING", UUID(newer["id"]))


async def test_a_booking_cannot_be_cancelled_while_it_is_created_or_paid(system: TicketSystem) -> None:
    event, seats = await system.create_event()
    booking = await system.book(event, seats[:1])
    system.payment.set_status(booking["id"], "PROCESSING")
    answer = await cancel(system, booking)
    assert (answer.status_code, answer.json()["type"]) == (409, "payment-in-progress")
    held = {"id": str(await system.store_hold(event, seats[1:2]))}
    answer = await cancel(system, held)
    assert (answer.status_code, answer.json()["type"]) == (409, "booking-in-progress")


async def test_a_booking_whose_payment_ticket_has_not_seen_is_cancelled_with_a_refund(system: TicketSystem) -> None:
    event, seats = await system.create_event()
    booking = await system.book(event, seats[:1])
    system.payment.set_status(booking["id"], "PAID")
    answer = (await cancel(system, booking)).json()
    assert (answer["status"], answer["refund_status"]) == ("CANCELLED", "PENDING")


async def test_a_failed_or_expired_booking_cannot_be_cancelled(system: TicketSystem) -> None:
    event, seats = await system.create_event()
    failed = await system.book(event, seats[:1])
    await system.pay(failed["id"], "FAILED")
    expired = await system.book(event, seats[1:2])
    await system.pass_payment_deadline(expired["id"])
    await system.run_until_idle()
    for booking in (failed, expired):
        answer = await cancel(system, booking)
        assert (answer.status_code, answer.json()["type"]) == (409, "booking-already-ended")


async def test_while_payment_is_unreachable_an_unpaid_booking_is_not_cancelled(system: TicketSystem) -> None:
    event, seats = await system.create_event()
    booking = await system.book(event, seats[:1])
    system.payment.is_down = True
    answer = await cancel(system, booking)
    assert (answer.status_code, answer.json()["type"]) == (503, "payment-unavailable")
    assert (await system.booking(booking["id"]))["status"] == "AWAITING_PAYMENT"


async def test_two_cancellations_at_once_have_one_effect(system: TicketSystem) -> None:
    event, seats = await system.create_event()
    booking = await system.book_and_pay(event, seats[:1])
    answers = await asyncio.gather(*(cancel(system, booking) for _ in range(5)))
    assert {answer.status_code for answer in answers} == {200}
    published = [(data["version"], data["status"]) for data in await system.published(booking["id"])]
    assert [status for _, status in published].count("CANCELLED") == 1
    assert len({version for version, _ in published}) == len(published)
    await system.run_until_idle()
    assert await seat_status(system, seats[0]) == "OPEN"


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
async def test_a_wrong_cancellation_is_refused(system: TicketSystem, path: str, body: Any, status: int) -> None:
    event, seats = await system.create_event()
    booking = await system.book(event, seats[:1])
    answer = await system.client.post(path.format(own=f"/api/v1/bookings/{booking['id']}"), json=body)
    assert answer.status_code == status
    assert (await system.booking(booking["id"]))["status"] == "AWAITING_PAYMENT"


async def test_a_cancelled_event_cancels_a_booking_that_is_not_confirmed_yet(system: TicketSystem) -> None:
    event, seats = await system.create_event()
    held = await system.store_hold(event, seats[:1])
    await cancel_booking(system.services, held, CancelReason.EVENT_CANCELLED, actor="staff")
    await system.run_until_idle()
    assert (await system.booking(str(held)))["cancel_reason"] == "EVENT_CANCELLED"
    assert await seat_status(system, seats[0]) == "OPEN"


async def test_the_lists_can_be_read_page_by_page_and_filtered(system: TicketSystem) -> None:
    event, seats = await system.create_event()
    buyer = {"id": str(uuid4()), "name": "Ayu", "email": "ayu@example.com"}
    created = [await system.book(event, [seat], customer=buyer) for seat in seats]
    await cancel(system, created[0])
    path = "/api/v1/bookings"
    first = (await system.client.get(path, params={"customer_id": buyer["id"], "limit": 2})).json()
    rest = (await system.client.get(path, params={"customer_id": buyer["id"], "cursor": first["next_cursor"]})).json()
    assert [item["id"] for item in first["items"] + rest["items"]] == [booking["id"] for booking in reversed(created)]
    assert rest["next_cursor"] is None
    ended = (await system.client.get(path, params={"status": "CANCELLED", "event_id": event["id"]})).json()["items"]
    assert [item["id"] for item in ended] == [created[0]["id"]]
    for wrong in ({"status": "GONE"}, {"cursor": "%%%"}, {"limit": 0}, {"customer_id": "x"}):
        assert (await system.client.get(path, params=wrong)).status_code == 422


async def test_the_timeline_shows_all_steps_and_works_without_payment(system: TicketSystem) -> None:
    event, seats = await system.create_event()
    booking = await system.book_and_pay(event, seats[:2])
    path = f"/api/v1/bookings/{booking['id']}/timeline"
    items = (await system.client.get(path)).json()["items"]
    assert {item["service"] for item in items} == {"ticket", "payment"}
    assert [item["at"] for item in items] == sorted(item["at"] for item in items)
    steps = [item["action"] for item in items if item["service"] == "ticket" and item["action"].startswith("booking.")]
    assert steps == ["booking.hold", "booking.confirm", "booking.pay", "booking.issue_document"]
    of_seats = [item for item in items if item["action"].startswith("seat.")]
    assert [(item["action"], item["from_status"], item["to_status"], item["detail"]) for item in of_seats] == [
        *[("seat.take", "OPEN", "ON_GOING", {})] * 2,
        *[("seat.sell", "ON_GOING", "BOOKED", {})] * 2,
    ]
    system.payment.is_down = True
    alone = (await system.client.get(path)).json()["items"]
    assert {item["service"] for item in alone} == {"ticket"}


async def test_a_ticket_that_is_not_ready_and_a_booking_that_is_not_there_are_404(system: TicketSystem) -> None:
    event, seats = await system.create_event()
    booking = await system.book(event, seats[:1])
    answer = await system.client.get(f"/api/v1/bookings/{booking['id']}/ticket")
    assert (answer.status_code, answer.json()["type"]) == (404, "ticket-not-ready")
    for path in ("", "/ticket", "/timeline"):
        answer = await system.client.get(f"/api/v1/bookings/{uuid4()}{path}")
        assert (answer.status_code, answer.json()["type"]) == (404, "not-found")
