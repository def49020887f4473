"""The queue for a seat: in order, without a gap, and nobody passed over (DESIGN section 4, Waitlist)."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa
from servicekit.db.engine import reading
from support.catalog import made
from support.doings import WAITING_FOR_LOCKS
from support.stage import Stage, customer, until
from support.work import do_due, do_due_bookings
from ticketing.db.tables import seats as seat_rows
from ticketing.usecases.worker.lanes import PROMOTIONS, RELEASES

from devstack.deadlines import stretched


async def cancel(stage: Stage, booking: Any) -> None:
    answer = await stage.client.post(f"/api/v1/bookings/{booking['id']}/cancel", json={})
    assert answer.status_code == 200, answer.text


async def leave(stage: Stage, entry: Any) -> Any:
    return await stage.client.delete(f"/api/v1/waitlist/{entry['id']}")


async def statuses(stage: Stage, seat: Any) -> list[str]:
    return [row["status"] for row in await stage.line(seat)]


async def test_the_first_in_line_gets_the_seat_with_an_invoice_and_a_deadline(stage: Stage) -> None:
    event, (seat, *_) = await stage.event()
    booking = await stage.booked(event, [seat])
    first, second = await stage.join(seat), await stage.join(seat)
    assert (first["position"], second["position"]) == (1, 2)
    await cancel(stage, booking)
    await stage.settle()
    await stage.tell_positions()

    entry = await stage.entry(first["id"])
    assert (entry["status"], entry["position"]) == ("OFFERED", None)
    assert entry["offer_expires_at"] is not None
    promoted = await stage.booking(entry["booking_id"])
    assert (promoted["status"], promoted["origin"]) == ("AWAITING_PAYMENT", "WAITLIST")
    assert (promoted["waitlist_entry_id"], promoted["hold_expires_at"]) == (first["id"], entry["offer_expires_at"])
    assert promoted["customer"]["id"] == first["customer"]["id"]
    assert [(data["version"], data["status"]) for data in await stage.told(promoted["id"])] == [
        (1, "HOLDING"),
        (2, "AWAITING_PAYMENT"),
    ]
    assert [data["status"] for data in await stage.told(first["id"])] == ["WAITING", "OFFERED", "OFFERED"]
    assert [data["position"] for data in await stage.told(second["id"])] == [2, 1]

    await stage.pay(promoted["id"])
    await stage.settle()
    assert (await stage.entry(first["id"]))["status"] == "FULFILLED"
    assert (await stage.booking(promoted["id"]))["status"] == "BOOKED"
    # A cancellation afterwards does not take back that the entry was fulfilled.
    await cancel(stage, promoted)
    await stage.settle()
    assert await statuses(stage, seat) == ["FULFILLED", "OFFERED"]


@pytest.mark.parametrize("how", ["cancel", "fail", "expire", "decline"])
async def test_on_every_kind_of_release_the_seat_goes_on_and_is_never_open(stage: Stage, how: str) -> None:
    event, (seat, *_) = await stage.event()
    if how == "decline":
        holder = {"id": str(uuid4())}
        order = stage.order(event, [seat], booking_id=holder["id"])
        latency_ms = round(1000 * stretched(0.2))
        await stage.organizer.put("/simulation", json={"latency_ms": latency_ms, "next_outcomes": ["fail"]})
        request = asyncio.create_task(stage.client.post("/api/v1/bookings", json=order))

        async def is_being_held() -> bool:
            return str((await stage.seat(seat["id"]))["status"]) == "ON_GOING"

        await until(is_being_held)
        entry = await stage.join(seat)
        assert (await request).status_code == 502
    else:
        holder = await stage.book(event, [seat])
        entry = await stage.join(seat)
    seen = await watch(stage, seat, end(stage, holder, how))
    assert "OPEN" not in seen
    offered = await stage.entry(entry["id"])
    assert offered["status"] == "OFFERED"
    assert str((await stage.seat(seat["id"]))["booking_id"]) == offered["booking_id"]


async def end(stage: Stage, holder: Any, how: str) -> None:
    if how == "cancel":
        await cancel(stage, holder)
    if how == "fail":
        await stage.pay(holder["id"], "FAILED")
    if how == "expire":
        await stage.overdue(holder["id"])
    await stage.settle()


async def watch(stage: Stage, seat: Any, doing: Any) -> set[str]:
    """The states in which the seat was seen while `doing` went on, by an observer and by buyers who try to get it."""
    seen: set[str] = set()
    work = asyncio.create_task(doing)
    event_id = str((await stage.seat(seat["id"]))["event_id"])

    async def buyer() -> None:
        while not work.done():
            body = {
                "event_id": event_id,
                "seat_ids": [seat["id"]],
                "customer": customer(),
                "booking_id": str(uuid4()),
            }
            answer = await stage.client.post("/api/v1/bookings", json=body)
            assert answer.status_code == 409, "somebody got in between"

    async def observer() -> None:
        async with stage.services.engine.connect() as connection:
            while not work.done():
                query = sa.select(seat_rows.c.status).where(seat_rows.c.id == seat["id"])
                seen.add((await connection.execute(query)).scalar_one())
                await connection.rollback()
                await asyncio.sleep(0)

    await asyncio.gather(work, observer(), buyer(), buyer())
    return seen


async def test_thirty_in_line_are_served_in_order_while_buyers_try_to_get_in_between(stage: Stage) -> None:
    event, (seat, *_) = await stage.event()
    booking = await stage.booked(event, [seat])
    line = [await stage.join(seat) for _ in range(30)]
    await cancel(stage, booking)
    for place, entry in enumerate(line[:4]):
        seen = await watch(stage, seat, stage.settle())
        assert "OPEN" not in seen
        assert await statuses(stage, seat) == ["LAPSED"] * place + ["OFFERED"] + ["WAITING"] * (29 - place)
        offered = await stage.entry(entry["id"])
        assert offered["status"] == "OFFERED"
        await stage.pay(offered["booking_id"], "FAILED")


async def test_joining_races_with_the_release_and_nobody_waits_for_an_open_seat(stage: Stage) -> None:
    event, some = await stage.event(seats_per_row=8)
    for seat in some:
        booking = await stage.book(event, [seat])
        await cancel(stage, booking)
        body = {"seat_id": seat["id"], "customer": customer()}
        joined, _ = await asyncio.gather(stage.client.post("/api/v1/waitlist", json=body), stage.settle())
        await stage.settle()
        if joined.status_code == 201:
            assert await statuses(stage, seat) == ["OFFERED"]
            assert (await stage.seat(seat["id"]))["status"] == "ON_GOING"
        else:
            assert joined.json()["type"] == "seat-open"
            assert (await stage.seat(seat["id"]))["status"] == "OPEN"


async def test_who_joins_while_the_seat_is_being_opened_waits_for_that_and_is_refused(stage: Stage) -> None:
    event, (seat, *_) = await stage.event()
    await stage.book(event, [seat])
    body = {"seat_id": seat["id"], "customer": customer()}
    async with stage.services.engine.begin() as opening, reading(stage.services.engine) as looking:
        # What a release does when it finds that nobody waits.
        await opening.execute(
            sa.update(seat_rows).where(seat_rows.c.id == seat["id"]).values(status="OPEN", booking_id=None)
        )
        joining = asyncio.create_task(stage.client.post("/api/v1/waitlist", json=body))

        async def held_up() -> bool:
            return joining.done() or bool((await looking.execute(WAITING_FOR_LOCKS)).scalar_one())

        await until(held_up)
    answer = await joining
    assert (answer.status_code, answer.json()["type"]) == (409, "seat-open")


async def test_each_seat_of_a_booking_goes_by_its_own_queue(stage: Stage) -> None:
    event, some = await stage.event()
    booking = await stage.booked(event, some)
    first, third = await stage.join(some[0]), await stage.join(some[2])
    await cancel(stage, booking)
    await stage.settle()
    assert [(await stage.seat(seat["id"]))["status"] for seat in some] == ["ON_GOING", "OPEN", "ON_GOING"]
    promoted = {(await stage.entry(entry["id"]))["booking_id"] for entry in (first, third)}
    assert len(promoted) == 2
    for booking_id in promoted:
        assert len((await stage.booking(booking_id))["seats"]) == 1


async def test_an_offer_that_is_not_paid_lapses_and_goes_to_the_next_and_then_the_seat_opens(stage: Stage) -> None:
    event, (seat, *_) = await stage.event()
    booking = await stage.booked(event, [seat])
    entries = [await stage.join(seat), await stage.join(seat)]
    await cancel(stage, booking)
    await stage.settle()
    for entry in entries:
        offered = await stage.entry(entry["id"])
        assert offered["status"] == "OFFERED"
        await stage.overdue(offered["booking_id"])
        await stage.settle()
        assert (await stage.entry(entry["id"]))["status"] == "LAPSED"
        assert (await stage.booking(offered["booking_id"]))["status"] == "EXPIRED"
    assert (await stage.seat(seat["id"]))["status"] == "OPEN"


async def test_declines_are_counted_and_the_last_one_passes_the_seat_on(stage: Stage) -> None:
    event, (seat, *_) = await stage.event()
    booking = await stage.booked(event, [seat])
    first, second = await stage.join(seat), await stage.join(seat)
    await cancel(stage, booking)
    await stage.organizer_does(*["fail"] * stage.settings.promotion_attempts)
    for _ in range(stage.settings.promotion_attempts + 1):
        await stage.settle()
        await stage.hurry()
    await stage.settle()
    lapsed, offered = await stage.entry(first["id"]), await stage.entry(second["id"])
    assert (lapsed["status"], offered["status"]) == ("LAPSED", "OFFERED")
    assert (await stage.row(lapsed["booking_id"]))["declines"] == stage.settings.promotion_attempts
    assert await stage.hold(event, lapsed["booking_id"]) == "RELEASED"


async def test_an_organizer_or_a_payment_service_that_is_silent_burns_nobodys_turn(stage: Stage) -> None:
    event, (seat, *_) = await stage.event()
    booking = await stage.booked(event, [seat])
    entry = await stage.join(seat)
    await cancel(stage, booking)
    await stage.organizer_does("error", "error", "error")
    for _ in range(3):
        await stage.settle()
        await stage.hurry()
    offered = await stage.entry(entry["id"])
    stage.payment.silent_before += ["create", "create"]
    await stage.settle()
    row = await stage.row(offered["booking_id"])
    assert (row["status"], row["declines"]) == ("HOLDING", 0)
    await stage.hurry()
    await stage.settle()
    assert (await stage.booking(offered["booking_id"]))["status"] == "AWAITING_PAYMENT"


@pytest.mark.parametrize("silent", ["organizer", "payment"])
async def test_who_has_not_been_offered_the_seat_when_the_sale_ends_and_nobody_answers_is_not_offered_it_later(
    stage: Stage, silent: str
) -> None:
    event, (seat, *_) = await stage.event()
    booking = await stage.booked(event, [seat])
    entry = await stage.join(seat)
    await cancel(stage, booking)
    reason = "ORGANIZER_UNREACHABLE" if silent == "organizer" else "INVOICE_UNAVAILABLE"
    await stage.organizer_does(*(["error"] * 4 if silent == "organizer" else []))
    stage.payment.silent_before += ["create"] * 4
    await stage.settle()
    promoted = (await stage.entry(entry["id"]))["booking_id"]
    assert (await stage.booking(promoted))["status"] == "HOLDING"
    await stage.client.post(f"/api/v1/events/{event['id']}/close-sales")
    await stage.hurry()
    await stage.settle()
    ended = await stage.booking(promoted)
    assert (ended["status"], ended["failure_reason"]) == ("FAILED", reason)
    assert (await statuses(stage, seat), (await stage.seat(seat["id"]))["status"]) == (["LAPSED"], "OPEN")
    assert await stage.hold(event, promoted) == "RELEASED"


async def test_an_offer_that_was_interrupted_for_hours_still_has_its_whole_window(stage: Stage) -> None:
    event, (seat, *_) = await stage.event()
    booking = await stage.booked(event, [seat])
    entry = await stage.join(seat)
    await cancel(stage, booking)
    # The invoice is made, its answer lost, and then all workers are gone until its time is over.
    stage.payment.silent_after += ["create", "create"]
    await stage.settle()
    promoted = (await stage.entry(entry["id"]))["booking_id"]
    stage.payment.invoices[promoted]["expires_at"] = (datetime.now(UTC) - timedelta(hours=1)).isoformat()
    await stage.hurry()
    await stage.settle()
    offered = await stage.entry(entry["id"])
    left = datetime.fromisoformat(offered["offer_expires_at"]) - datetime.now(UTC)
    assert left > timedelta(seconds=stage.settings.offer_seconds - 60)
    assert (await stage.booking(promoted))["status"] == "AWAITING_PAYMENT"


async def test_nobody_waits_for_an_open_seat_when_the_sale_is_opened_again(stage: Stage) -> None:
    event, (seat, *_) = await stage.event()
    booking = await stage.book(event, [seat])
    entries = [await stage.join(seat), await stage.join(seat)]
    await stage.client.post(f"/api/v1/events/{event['id']}/close-sales")
    await cancel(stage, booking)
    # The seat is handed on before the sweeper comes round, and the sale goes on.
    await do_due_bookings(stage.services)
    assert (await stage.seat(seat["id"]))["status"] == "OPEN"
    assert await statuses(stage, seat) == ["LAPSED", "LAPSED"]
    assert [(await stage.told(entry["id"]))[-1]["status"] for entry in entries] == ["LAPSED", "LAPSED"]
    await move_sale(stage, event, opens=-1, closes=30)
    assert (await stage.client.post("/api/v1/bookings", json=stage.order(event, [seat]))).status_code == 201


async def test_a_sale_that_is_put_off_keeps_its_queues_and_serves_them(stage: Stage) -> None:
    event, (seat, *_) = await stage.event()
    booking = await stage.book(event, [seat])
    entry = await stage.join(seat)
    await move_sale(stage, event, opens=1, closes=30)
    await cancel(stage, booking)
    await stage.settle()
    assert (await stage.entry(entry["id"]))["status"] == "OFFERED"


async def move_sale(stage: Stage, event: Any, *, opens: int, closes: int) -> None:
    """Staff has the sale begin and end so many days from now."""
    now = datetime.now(UTC)
    times = {name: now + timedelta(days=days) for name, days in (("sales_open_at", opens), ("sales_close_at", closes))}
    body = {name: moment.isoformat() for name, moment in times.items()}
    answer = await stage.client.patch(f"/api/v1/events/{event['id']}", json=body)
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
    stage: Stage, return_url: str | None, leads_back_to: str | None
) -> None:
    event, (seat, *_) = await stage.event()
    booking = await stage.book(event, [seat])
    entry = await made(
        stage.client,
        "/api/v1/waitlist",
        {"seat_id": seat["id"], "customer": customer(), "return_url": return_url},
    )
    await cancel(stage, booking)
    await stage.settle()
    promoted = (await stage.entry(entry["id"]))["booking_id"]
    wanted = stage.payment.return_urls[promoted]
    assert wanted == (leads_back_to and leads_back_to.format(id=promoted))


async def test_two_workers_at_one_promotion_make_one_hold_and_one_invoice(stage: Stage) -> None:
    event, (seat, *_) = await stage.event()
    booking = await stage.booked(event, [seat])
    entry = await stage.join(seat)
    await cancel(stage, booking)
    await do_due(stage.services, RELEASES)
    await asyncio.gather(*(do_due(stage.services, PROMOTIONS) for _ in range(4)))
    await stage.settle()
    promoted = (await stage.entry(entry["id"]))["booking_id"]
    assert len([invoice for invoice in stage.payment.invoices if invoice == promoted]) == 1
    assert (await stage.booking(promoted))["version"] == 2
    assert len(await stage.bookings_of(event)) == 2


async def test_leaving_moves_the_others_up(stage: Stage) -> None:
    event, (seat, *_) = await stage.event()
    await stage.book(event, [seat])
    entries = [await stage.join(seat) for _ in range(3)]
    answer = await leave(stage, entries[0])
    assert (answer.status_code, answer.json()["status"], answer.json()["position"]) == (200, "LEFT", None)
    await stage.tell_positions()
    assert [(await stage.entry(entry["id"]))["position"] for entry in entries] == [None, 1, 2]
    assert [data["position"] for data in await stage.told(entries[2]["id"])] == [3, 2]
    assert (await leave(stage, entries[0])).status_code == 200


async def test_leaving_an_offer_cancels_its_booking_and_serves_the_next(stage: Stage) -> None:
    event, (seat, *_) = await stage.event()
    booking = await stage.booked(event, [seat])
    first, second = await stage.join(seat), await stage.join(seat)
    await cancel(stage, booking)
    await stage.settle()
    answer = await leave(stage, first)
    assert (answer.status_code, answer.json()["status"]) == (200, "LAPSED")
    await stage.settle()
    assert (await stage.booking(answer.json()["booking_id"]))["status"] == "CANCELLED"
    assert (await stage.entry(second["id"]))["status"] == "OFFERED"
    again = await leave(stage, first)
    assert (again.status_code, again.json()["type"]) == (409, "not-leavable")


async def test_who_may_queue_and_for_what(stage: Stage) -> None:
    event, some = await stage.event()
    buyer, path = customer(), "/api/v1/waitlist"

    async def refusal(seat_id: str, who: Any) -> tuple[int, str]:
        answer = await stage.client.post(path, json={"seat_id": seat_id, "customer": who})
        return answer.status_code, answer.json().get("type")

    assert await refusal(some[0]["id"], buyer) == (409, "seat-open")
    await stage.book(event, some[:1], customer=buyer)
    assert await refusal(some[0]["id"], buyer) == (409, "seat-already-yours")
    other = customer()
    assert (await refusal(some[0]["id"], other))[0] == 201
    assert await refusal(some[0]["id"], other) == (409, "already-queued")
    assert await refusal(str(uuid4()), buyer) == (404, "seat-not-found")
    assert await refusal("17", buyer) == (422, "validation-error")
    assert await refusal(some[0]["id"], {**buyer, "email": ""}) == (422, "validation-error")
    await stage.client.post(f"/api/v1/events/{event['id']}/close-sales")
    assert await refusal(some[0]["id"], customer()) == (409, "sale-closed")


async def test_two_joins_of_one_buyer_at_once_make_one_entry(stage: Stage) -> None:
    event, (seat, *_) = await stage.event()
    await stage.book(event, [seat])
    body = {"seat_id": seat["id"], "customer": customer()}
    answers = await asyncio.gather(*(stage.client.post("/api/v1/waitlist", json=body) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]


async def test_a_repeated_join_with_its_key_is_answered_as_the_first_time(stage: Stage) -> None:
    event, (seat, *_) = await stage.event()
    await stage.book(event, [seat])
    body, key = {"seat_id": seat["id"], "customer": customer()}, {"idempotency-key": "join-1"}
    first = await stage.client.post("/api/v1/waitlist", json=body, headers=key)
    again = await stage.client.post("/api/v1/waitlist", json=body, headers=key)
    assert (again.status_code, again.json()) == (201, first.json())


async def test_staff_sees_the_queues_of_an_event_seat_by_seat_in_order(stage: Stage) -> None:
    event, some = await stage.event()
    await stage.book(event, some)
    made = [await stage.join(seat) for seat in (some[0], some[1], some[0], some[1])]
    path = f"/api/v1/events/{event['id']}/waitlist"
    first = (await stage.client.get(path, params={"limit": 3})).json()
    rest = (await stage.client.get(path, params={"cursor": first["next_cursor"]})).json()
    listed = first["items"] + rest["items"]
    by_seat = sorted(made, key=lambda entry: (entry["seat"]["id"], entry["joined_at"]))
    assert [item["id"] for item in listed] == [entry["id"] for entry in by_seat]
    assert [item["position"] for item in listed] == [1, 2, 1, 2]
    await stage.client.delete(f"/api/v1/waitlist/{made[0]['id']}")
    live = (await stage.client.get(path)).json()["items"]
    every = (await stage.client.get(path, params={"ended": "true"})).json()["items"]
    assert made[0]["id"] not in [item["id"] for item in live]
    assert [item["id"] for item in every] == [entry["id"] for entry in by_seat]
    assert next(item for item in every if item["id"] == made[0]["id"])["status"] == "LEFT"
    assert (await stage.client.get(f"/api/v1/events/{uuid4()}/waitlist")).status_code == 404
    mine = {"customer_id": made[0]["customer"]["id"]}
    assert len((await stage.client.get("/api/v1/waitlist", params=mine)).json()["items"]) == 1
    assert (await stage.client.get(f"/api/v1/waitlist/{uuid4()}")).status_code == 404
    assert (await stage.client.delete(f"/api/v1/waitlist/{uuid4()}")).status_code == 404
