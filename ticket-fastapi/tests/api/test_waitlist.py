"""The queue of a seat is served in order, and the seat is never open in between (docs/booking.md, Waitlist)."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa
from servicekit.db.engine import reading
from support.actions import COUNT_WAITING_FOR_LOCKS
from support.catalog import create
from support.lanes import run_bookings_once, run_once
from support.ticket_system import TicketSystem, customer
from ticketing.db.tables import seats as seat_rows
from ticketing.usecases.worker.lanes import PROMOTIONS, RELEASES

from devstack.deadlines import stretched
from devstack.waiting import wait_until


async def cancel(system: TicketSystem, booking: Any) -> None:
    answer = await system.client.post(f"/api/v1/bookings/{booking['id']}/cancel", json={})
    assert answer.status_code == 200, answer.text


async def leave(system: TicketSystem, entry: Any) -> Any:
    return await system.client.delete(f"/api/v1/waitlist/{entry['id']}")


async def statuses(system: TicketSystem, seat: Any) -> list[str]:
    return [row["status"] for row in await system.queue(seat)]


async def test_the_first_in_line_gets_the_seat_with_an_invoice_and_a_deadline(system: TicketSystem) -> None:
    event, (seat, *_) = await system.create_event()
    booking = await system.book_and_pay(event, [seat])
    first, second = await system.join(seat), await system.join(seat)
    assert (first["position"], second["position"]) == (1, 2)
    await cancel(system, booking)
    await system.run_until_idle()

    entry = await system.entry(first["id"])
    assert (entry["status"], entry["position"]) == ("OFFERED", None)
    assert entry["offer_expires_at"] is not None
    promoted = await system.booking(entry["booking_id"])
    assert (promoted["status"], promoted["origin"]) == ("AWAITING_PAYMENT", "WAITLIST")
    assert (promoted["waitlist_entry_id"], promoted["hold_expires_at"]) == (first["id"], entry["offer_expires_at"])
    assert promoted["customer"]["id"] == first["customer"]["id"]
    assert [(data["version"], data["status"]) for data in await system.published(promoted["id"])] == [
        (1, "HOLDING"),
        (2, "AWAITING_PAYMENT"),
    ]
    assert [data["status"] for data in await system.published(first["id"])] == ["WAITING", "OFFERED", "OFFERED"]
    # Nobody is told that somebody else left; the position is right when it is read.
    assert [data["position"] for data in await system.published(second["id"])] == [2]
    assert (await system.entry(second["id"]))["position"] == 1

    await system.pay(promoted["id"])
    await system.run_until_idle()
    assert (await system.entry(first["id"]))["status"] == "FULFILLED"
    assert (await system.booking(promoted["id"]))["status"] == "BOOKED"
    # A later cancellation does not change the fulfilled entry.
    await cancel(system, promoted)
    await system.run_until_idle()
    assert await statuses(system, seat) == ["FULFILLED", "OFFERED"]


@pytest.mark.parametrize("how", ["cancel", "fail", "expire", "decline"])
async def test_every_kind_of_release_reassigns_a_queued_seat_without_opening_it(system: TicketSystem, how: str) -> None:
    event, (seat, *_) = await system.create_event()
    if how == "decline":
        holder = {"id": str(uuid4())}
        body = system.booking_request(event, [seat], booking_id=holder["id"])
        latency_ms = round(1000 * stretched(0.2))
        await system.organizer.put("/simulation", json={"latency_ms": latency_ms, "next_outcomes": ["fail"]})
        request = asyncio.create_task(system.client.post("/api/v1/bookings", json=body))

        async def is_being_held() -> bool:
            return str((await system.seat(seat["id"]))["status"]) == "ON_GOING"

        await wait_until(is_being_held)
        entry = await system.join(seat)
        assert (await request).status_code == 502
    else:
        holder = await system.book(event, [seat])
        entry = await system.join(seat)
    seen = await watch(system, seat, end(system, holder, how))
    assert "OPEN" not in seen
    offered = await system.entry(entry["id"])
    assert offered["status"] == "OFFERED"
    assert str((await system.seat(seat["id"]))["booking_id"]) == offered["booking_id"]


async def end(system: TicketSystem, holder: Any, how: str) -> None:
    if how == "cancel":
        await cancel(system, holder)
    if how == "fail":
        await system.pay(holder["id"], "FAILED")
    if how == "expire":
        await system.pass_payment_deadline(holder["id"])
    await system.run_until_idle()


async def watch(system: TicketSystem, seat: Any, action: Any) -> set[str]:
    """Runs `action` while buyers try to book the seat; returns the statuses of the seat that an observer saw."""
    seen: set[str] = set()
    work = asyncio.create_task(action)
    event_id = str((await system.seat(seat["id"]))["event_id"])

    async def buyer() -> None:
        while not work.done():
            body = {
                "event_id": event_id,
                "seat_ids": [seat["id"]],
                "customer": customer(),
                "booking_id": str(uuid4()),
            }
            answer = await system.client.post("/api/v1/bookings", json=body)
            assert answer.status_code == 409, "a buyer booked a seat that others queue for"

    async def observer() -> None:
        async with system.services.engine.connect() as connection:
            while not work.done():
                query = sa.select(seat_rows.c.status).where(seat_rows.c.id == seat["id"])
                seen.add((await connection.execute(query)).scalar_one())
                await connection.rollback()
                await asyncio.sleep(0)

    await asyncio.gather(work, observer(), buyer(), buyer())
    assert seen
    return seen


async def test_a_queue_of_thirty_is_served_in_order_while_buyers_try_to_book(system: TicketSystem) -> None:
    event, (seat, *_) = await system.create_event()
    booking = await system.book_and_pay(event, [seat])
    line = [await system.join(seat) for _ in range(30)]
    await cancel(system, booking)
    for place, entry in enumerate(line[:4]):
        seen = await watch(system, seat, system.run_until_idle())
        assert "OPEN" not in seen
        assert await statuses(system, seat) == ["LAPSED"] * place + ["OFFERED"] + ["WAITING"] * (29 - place)
        offered = await system.entry(entry["id"])
        assert offered["status"] == "OFFERED"
        await system.pay(offered["booking_id"], "FAILED")


async def test_joining_races_with_the_release_and_nobody_waits_for_an_open_seat(system: TicketSystem) -> None:
    event, seats = await system.create_event(seats_per_row=8)
    for seat in seats:
        booking = await system.book(event, [seat])
        await cancel(system, booking)
        body = {"seat_id": seat["id"], "customer": customer()}
        joined, _ = await asyncio.gather(system.client.post("/api/v1/waitlist", json=body), system.run_until_idle())
        await system.run_until_idle()
        if joined.status_code == 201:
            assert await statuses(system, seat) == ["OFFERED"]
            assert (await system.seat(seat["id"]))["status"] == "ON_GOING"
        else:
            assert joined.json()["type"] == "seat-open"
            assert (await system.seat(seat["id"]))["status"] == "OPEN"


async def test_joining_waits_while_the_seat_is_opened_and_is_then_refused(system: TicketSystem) -> None:
    event, (seat, *_) = await system.create_event()
    await system.book(event, [seat])
    body = {"seat_id": seat["id"], "customer": customer()}
    async with system.services.engine.begin() as opening, reading(system.services.engine) as looking:
        # A release does this when the queue is empty.
        await opening.execute(
            sa.update(seat_rows).where(seat_rows.c.id == seat["id"]).values(status="OPEN", booking_id=None)
        )
        joining = asyncio.create_task(system.client.post("/api/v1/waitlist", json=body))

        async def held_up() -> bool:
            return joining.done() or bool((await looking.execute(COUNT_WAITING_FOR_LOCKS)).scalar_one())

        await wait_until(held_up)
    answer = await joining
    assert (answer.status_code, answer.json()["type"]) == (409, "seat-open")


async def test_each_seat_of_a_booking_is_reassigned_by_its_own_queue(system: TicketSystem) -> None:
    event, seats = await system.create_event()
    booking = await system.book_and_pay(event, seats)
    first, third = await system.join(seats[0]), await system.join(seats[2])
    await cancel(system, booking)
    await system.run_until_idle()
    assert [(await system.seat(seat["id"]))["status"] for seat in seats] == ["ON_GOING", "OPEN", "ON_GOING"]
    promoted = {(await system.entry(entry["id"]))["booking_id"] for entry in (first, third)}
    assert len(promoted) == 2
    for booking_id in promoted:
        assert len((await system.booking(booking_id))["seats"]) == 1


async def test_an_offer_that_is_not_paid_lapses_and_goes_to_the_next_and_then_the_seat_opens(
    system: TicketSystem,
) -> None:
    event, (seat, *_) = await system.create_event()
    booking = await system.book_and_pay(event, [seat])
    entries = [await system.join(seat), await system.join(seat)]
    await cancel(system, booking)
    await system.run_until_idle()
    for entry in entries:
        offered = await system.entry(entry["id"])
        assert offered["status"] == "OFFERED"
        await system.pass_payment_deadline(offered["booking_id"])
        await system.run_until_idle()
        assert (await system.entry(entry["id"]))["status"] == "LAPSED"
        assert (await system.booking(offered["booking_id"]))["status"] == "EXPIRED"
    assert (await system.seat(seat["id"]))["status"] == "OPEN"


async def test_declines_are_counted_and_the_last_one_reassigns_the_seat(system: TicketSystem) -> None:
    event, (seat, *_) = await system.create_event()
    booking = await system.book_and_pay(event, [seat])
    first, second = await system.join(seat), await system.join(seat)
    await cancel(system, booking)
    await system.set_organizer_outcomes(*["fail"] * system.settings.promotion_attempts)
    for _ in range(system.settings.promotion_attempts + 1):
        await system.run_until_idle()
        await system.make_work_due()
    await system.run_until_idle()
    lapsed, offered = await system.entry(first["id"]), await system.entry(second["id"])
    assert (lapsed["status"], offered["status"]) == ("LAPSED", "OFFERED")
    assert (await system.booking_row(lapsed["booking_id"]))["declines"] == system.settings.promotion_attempts
    assert await system.hold_status(event, lapsed["booking_id"]) == "RELEASED"


async def test_an_unreachable_organizer_or_payment_service_does_not_use_up_an_attempt(system: TicketSystem) -> None:
    event, (seat, *_) = await system.create_event()
    booking = await system.book_and_pay(event, [seat])
    entry = await system.join(seat)
    await cancel(system, booking)
    await system.set_organizer_outcomes("error", "error", "error")
    for _ in range(3):
        await system.run_until_idle()
        await system.make_work_due()
    offered = await system.entry(entry["id"])
    system.payment.lost_requests += ["create", "create"]
    await system.run_until_idle()
    row = await system.booking_row(offered["booking_id"])
    assert (row["status"], row["declines"]) == ("HOLDING", 0)
    await system.make_work_due()
    await system.run_until_idle()
    assert (await system.booking(offered["booking_id"]))["status"] == "AWAITING_PAYMENT"


@pytest.mark.parametrize("unreachable", ["organizer", "payment"])
async def test_an_unfinished_promotion_fails_if_the_sale_ends_while_organizer_or_payment_is_unreachable(
    system: TicketSystem, unreachable: str
) -> None:
    event, (seat, *_) = await system.create_event()
    booking = await system.book_and_pay(event, [seat])
    entry = await system.join(seat)
    await cancel(system, booking)
    reason = "ORGANIZER_UNREACHABLE" if unreachable == "organizer" else "INVOICE_UNAVAILABLE"
    await system.set_organizer_outcomes(*(["error"] * 4 if unreachable == "organizer" else []))
    system.payment.lost_requests += ["create"] * 4
    await system.run_until_idle()
    promoted = (await system.entry(entry["id"]))["booking_id"]
    assert (await system.booking(promoted))["status"] == "HOLDING"
    await system.client.post(f"/api/v1/events/{event['id']}/close-sales")
    await system.make_work_due()
    await system.run_until_idle()
    ended = await system.booking(promoted)
    assert (ended["status"], ended["failure_reason"]) == ("FAILED", reason)
    assert (await statuses(system, seat), (await system.seat(seat["id"]))["status"]) == (["LAPSED"], "OPEN")
    assert await system.hold_status(event, promoted) == "RELEASED"


async def test_an_offer_that_was_interrupted_for_hours_still_has_its_whole_window(system: TicketSystem) -> None:
    event, (seat, *_) = await system.create_event()
    booking = await system.book_and_pay(event, [seat])
    entry = await system.join(seat)
    await cancel(system, booking)
    # The invoice is created and its answer lost; workers come back only after its deadline.
    system.payment.lost_answers += ["create", "create"]
    await system.run_until_idle()
    promoted = (await system.entry(entry["id"]))["booking_id"]
    system.payment.invoices[promoted]["expires_at"] = (datetime.now(UTC) - timedelta(hours=1)).isoformat()
    await system.make_work_due()
    await system.run_until_idle()
    offered = await system.entry(entry["id"])
    left = datetime.fromisoformat(offered["offer_expires_at"]) - datetime.now(UTC)
    assert left > timedelta(seconds=system.settings.offer_seconds - 60)
    assert (await system.booking(promoted))["status"] == "AWAITING_PAYMENT"


async def test_nobody_waits_for_an_open_seat_when_the_sale_is_opened_again(system: TicketSystem) -> None:
    event, (seat, *_) = await system.create_event()
    booking = await system.book(event, [seat])
    entries = [await system.join(seat), await system.join(seat)]
    await system.client.post(f"/api/v1/events/{event['id']}/close-sales")
    await cancel(system, booking)
    # The seat is released before the sweep closes the queues, and the sale is opened again.
    await run_bookings_once(system.services)
    assert (await system.seat(seat["id"]))["status"] == "OPEN"
    assert await statuses(system, seat) == ["LAPSED", "LAPSED"]
    assert [(await system.published(entry["id"]))[-1]["status"] for entry in entries] == ["LAPSED", "LAPSED"]
    await move_sale(system, event, opens=-1, closes=30)
    assert (await system.client.post("/api/v1/bookings", json=system.booking_request(event, [seat]))).status_code == 201


async def test_a_postponed_sale_keeps_and_serves_its_queues(system: TicketSystem) -> None:
    event, (seat, *_) = await system.create_event()
    booking = await system.book(event, [seat])
    entry = await system.join(seat)
    await move_sale(system, event, opens=1, closes=30)
    await cancel(system, booking)
    await system.run_until_idle()
    assert (await system.entry(entry["id"]))["status"] == "OFFERED"


async def move_sale(system: TicketSystem, event: Any, *, opens: int, closes: int) -> None:
    """Moves the start and the end of the sale to these days from now."""
    now = datetime.now(UTC)
    times = {name: now + timedelta(days=days) for name, days in (("sales_open_at", opens), ("sales_close_at", closes))}
    body = {name: moment.isoformat() for name, moment in times.items()}
    answer = await system.client.patch(f"/api/v1/events/{event['id']}", json=body)
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize(
    ("return_url", "leads_back_to"),
    [
        ("https://shop.example/bookings", "https://shop.example/bookings?booking_id={id}"),
        ("https://shop.example/b?lang=id&booking_id=old#top", "https://shop.example/b?lang=id&booking_id={id}#top"),
        (None, None),
    ],
)
async def test_the_payment_page_of_an_offer_leads_back_to_its_booking(
    system: TicketSystem, return_url: str | None, leads_back_to: str | None
) -> None:
    event, (seat, *_) = await system.create_event()
    booking = await system.book(event, [seat])
    entry = await create(
        system.client,
        "/api/v1/waitlist",
        {"seat_id": seat["id"], "customer": customer(), "return_url": return_url},
    )
    await cancel(system, booking)
    await system.run_until_idle()
    promoted = (await system.entry(entry["id"]))["booking_id"]
    wanted = system.payment.return_urls[promoted]
    assert wanted == (leads_back_to and leads_back_to.format(id=promoted))


async def test_one_of_several_workers_makes_the_hold_and_the_invoice_of_a_promotion(system: TicketSystem) -> None:
    event, (seat, *_) = await system.create_event()
    booking = await system.book_and_pay(event, [seat])
    entry = await system.join(seat)
    await cancel(system, booking)
    await run_once(system.services, RELEASES)
    promoted = (await system.entry(entry["id"]))["booking_id"]
    system.payment.delayed["create"] = asyncio.Event()
    first = asyncio.create_task(run_once(system.services, PROMOTIONS))
    await wait_until(lambda: system.payment.calls_of("create", promoted) == 1)
    # The lease of the first worker holds while it waits for payment, so the others find nothing due.
    others = (run_once(system.services, PROMOTIONS) for _ in range(3))
    await asyncio.wait_for(asyncio.gather(*others), stretched(5))
    system.payment.delayed.pop("create").set()
    await first
    await system.run_until_idle()
    assert system.payment.calls_of("create", promoted) == 1
    held = (await system.organizer.get(f"{event['base_url']}/holds?status=HELD")).json()["items"]
    assert [hold["hold_id"] for hold in held] == [promoted]
    assert (await system.booking(promoted))["version"] == 2
    assert len(await system.bookings_of(event)) == 2


async def test_leaving_moves_the_others_up(system: TicketSystem) -> None:
    event, (seat, *_) = await system.create_event()
    await system.book(event, [seat])
    entries = [await system.join(seat) for _ in range(3)]
    answer = await leave(system, entries[0])
    assert (answer.status_code, answer.json()["status"], answer.json()["position"]) == (200, "LEFT", None)
    assert [(await system.entry(entry["id"]))["position"] for entry in entries] == [None, 1, 2]
    assert [len(await system.published(entry["id"])) for entry in entries] == [2, 1, 1]
    assert (await leave(system, entries[0])).status_code == 200


async def test_leaving_an_offer_cancels_its_booking_and_serves_the_next(system: TicketSystem) -> None:
    event, (seat, *_) = await system.create_event()
    booking = await system.book_and_pay(event, [seat])
    first, second = await system.join(seat), await system.join(seat)
    await cancel(system, booking)
    await system.run_until_idle()
    answer = await leave(system, first)
    assert (answer.status_code, answer.json()["status"]) == (200, "LAPSED")
    await system.run_until_idle()
    assert (await system.booking(answer.json()["booking_id"]))["status"] == "CANCELLED"
    assert (await system.entry(second["id"]))["status"] == "OFFERED"
    again = await leave(system, first)
    assert (again.status_code, again.json()["type"]) == (409, "not-leavable")


async def test_joining_a_queue_is_refused_with_the_reason(system: TicketSystem) -> None:
    event, seats = await system.create_event()
    buyer, path = customer(), "/api/v1/waitlist"

    async def refusal(seat_id: str, who: Any) -> tuple[int, str]:
        answer = await system.client.post(path, json={"seat_id": seat_id, "customer": who})
        return answer.status_code, answer.json().get("type")

    assert await refusal(seats[0]["id"], buyer) == (409, "seat-open")
    await system.book(event, seats[:1], customer=buyer)
    assert await refusal(seats[0]["id"], buyer) == (409, "seat-already-yours")
    other = customer()
    assert (await refusal(seats[0]["id"], other))[0] == 201
    assert await refusal(seats[0]["id"], other) == (409, "already-queued")
    assert await refusal(str(uuid4()), buyer) == (404, "seat-not-found")
    assert await refusal("17", buyer) == (422, "validation-error")
    assert await refusal(seats[0]["id"], {**buyer, "email": ""}) == (422, "validation-error")
    await system.client.post(f"/api/v1/events/{event['id']}/close-sales")
    assert await refusal(seats[0]["id"], customer()) == (409, "sale-closed")


async def test_two_joins_of_one_buyer_at_once_make_one_entry(system: TicketSystem) -> None:
    event, (seat, *_) = await system.create_event()
    await system.book(event, [seat])
    body = {"seat_id": seat["id"], "customer": customer()}
    answers = await asyncio.gather(*(system.client.post("/api/v1/waitlist", json=body) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]


async def test_a_repeated_join_with_its_key_gets_the_first_answer(system: TicketSystem) -> None:
    event, (seat, *_) = await system.create_event()
    await system.book(event, [seat])
    body, key = {"seat_id": seat["id"], "customer": customer()}, {"idempotency-key": "join-1"}
    first = await system.client.post("/api/v1/waitlist", json=body, headers=key)
    again = await system.client.post("/api/v1/waitlist", json=body, headers=key)
    assert (again.status_code, again.json()) == (201, first.json())


async def test_staff_sees_the_queues_of_an_event_seat_by_seat_in_order(system: TicketSystem) -> None:
    event, seats = await system.create_event()
    await system.book(event, seats)
    created = [await system.join(seat) for seat in (seats[0], seats[1], seats[0], seats[1])]
    path = f"/api/v1/events/{event['id']}/waitlist"
    first = (await system.client.get(path, params={"limit": 3})).json()
    rest = (await system.client.get(path, params={"cursor": first["next_cursor"]})).json()
    listed = first["items"] + rest["items"]
    by_seat = sorted(created, key=lambda entry: (entry["seat"]["id"], entry["joined_at"]))
    assert [item["id"] for item in listed] == [entry["id"] for entry in by_seat]
    assert [item["position"] for item in listed] == [1, 2, 1, 2]
    await system.client.delete(f"/api/v1/waitlist/{created[0]['id']}")
    live = (await system.client.get(path)).json()["items"]
    every = (await system.client.get(path, params={"ended": "true"})).json()["items"]
    assert created[0]["id"] not in [item["id"] for item in live]
    assert [item["id"] for item in every] == [entry["id"] for entry in by_seat]
    assert next(item for item in every if item["id"] == created[0]["id"])["status"] == "LEFT"
    assert (await system.client.get(f"/api/v1/events/{uuid4()}/waitlist")).status_code == 404
    mine = {"customer_id": created[0]["customer"]["id"]}
    assert len((await system.client.get("/api/v1/waitlist", params=mine)).json()["items"]) == 1
    assert (await system.client.get(f"/api/v1/waitlist/{uuid4()}")).status_code == 404
    assert (await system.client.delete(f"/api/v1/waitlist/{uuid4()}")).status_code == 404
