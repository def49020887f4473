"""Several events of payment in one request: each has an outcome and a trace of its own, whatever the others are."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
import sqlalchemy as sa
from servicekit.tracing import Trace, new_trace
from support.ticket_system import TicketSystem
from ticketing.db import tables
from ticketing.db.booking.sell import sell
from ticketing.db.tables import webhook_inbox
from ticketing.http import payment_webhook
from ticketing.usecases.payment import receive_batch

Json = dict[str, Any]
ENVELOPES = json.loads((Path(__file__).parents[3] / "contracts/webhooks/batches.json").read_text())["envelopes"]
SEATS = 3
POSITIONS = range(SEATS)
Poison = Callable[[Any], Awaitable[None]]
REFUSE = """
CREATE OR REPLACE FUNCTION refuse_poison() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF new.subject_id = '{subject_id}' THEN
        RAISE EXCEPTION 'a defect';
    END IF;
    RETURN new;
END $$
"""
TRIGGER = (
    "CREATE TRIGGER refuse_poison BEFORE INSERT ON webhook_deliveries FOR EACH ROW EXECUTE FUNCTION refuse_poison()"
)


async def post_batch(system: TicketSystem, data: Any) -> Any:
    return await system.post_webhook("batch", data)


def item(invoice: Json, type_: str = "invoice.paid", trace: Trace | None = None) -> Json:
    trace = trace or new_trace()
    ids = {"id": str(uuid4()), "request_id": trace.request_id, "traceparent": trace.traceparent}
    return {**ids, "type": type_, "timestamp": "2026-11-23T10:03:12Z", "data": dict(invoice)}


async def inbox(system: TicketSystem) -> set[str]:
    async with system.services.engine.connect() as connection:
        return set((await connection.execute(sa.select(webhook_inbox.c.webhook_id))).scalars())


async def paid_bookings(system: TicketSystem) -> tuple[list[Any], list[Json]]:
    """Returns bookings that wait for their payment, and items which say that they are paid."""
    event, seats = await system.create_event()
    bookings = [await system.book(event, [seat]) for seat in seats[:SEATS]]
    return bookings, [item(system.payment.set_status(booking["id"], "PAID")) for booking in bookings]


async def status_of(system: TicketSystem, booking: Any) -> str:
    return str((await system.booking(booking["id"]))["status"])


async def test_each_event_of_a_batch_is_applied_once_under_its_own_id(system: TicketSystem) -> None:
    bookings, items = await paid_bookings(system)
    expected = {"items": [{"id": each["id"], "status": 200} for each in items]}
    for _ in range(2):
        answer = await post_batch(system, {"items": items})
        assert (answer.status_code, answer.json()) == (200, expected)
    assert [await status_of(system, booking) for booking in bookings] == ["BOOKED"] * SEATS
    assert await inbox(system) == {each["id"] for each in items}
    assert len(await system.published(bookings[0]["id"])) == 2, "AWAITING_PAYMENT and BOOKED"


@pytest.mark.parametrize("position", POSITIONS)
@pytest.mark.parametrize(
    ("changes", "status"),
    [({"data": {"number": 1}}, 422), ({"type": "invoice.torn"}, 422), ({"type": "batch"}, 422), ({"data": None}, 422)],
    ids=["data", "unknown type", "a batch in a batch", "no data"],
)
async def test_an_event_that_cannot_be_read_does_not_concern_the_others(
    system: TicketSystem, position: int, changes: Json, status: int
) -> None:
    bookings, items = await paid_bookings(system)
    items[position] |= changes
    answer = await post_batch(system, {"items": items})
    expected = [status if each == position else 200 for each in POSITIONS]
    assert [each["status"] for each in answer.json()["items"]] == expected
    found = [await status_of(system, booking) for booking in bookings]
    assert found == ["AWAITING_PAYMENT" if each == position else "BOOKED" for each in POSITIONS]


@pytest.mark.parametrize("position", POSITIONS)
async def test_an_event_that_comes_too_early_is_answered_with_503_alone(system: TicketSystem, position: int) -> None:
    _, items = await paid_bookings(system)
    items[position]["data"]["reference"] = str(uuid4())
    answer = await post_batch(system, {"items": items})
    assert [each["status"] for each in answer.json()["items"]] == [503 if n == position else 200 for n in POSITIONS]
    assert await inbox(system) == {each["id"] for n, each in enumerate(items) if n != position}


@pytest.fixture
async def poison(system: TicketSystem) -> AsyncIterator[Poison]:
    """Makes the database refuse the effect of a payment on one booking, after the booking itself was changed."""

    async def refuse(booking: Any) -> None:
        async with system.services.engine.begin() as connection:
            await connection.exec_driver_sql(REFUSE.format(subject_id=booking["id"]))
            await connection.exec_driver_sql(TRIGGER)

    yield refuse
    async with system.services.engine.begin() as connection:
        await connection.exec_driver_sql("DROP FUNCTION IF EXISTS refuse_poison CASCADE")


@pytest.mark.parametrize("position", POSITIONS)
async def test_a_defect_with_one_event_is_answered_with_500_alone_and_undone(
    system: TicketSystem, poison: Poison, position: int
) -> None:
    bookings, items = await paid_bookings(system)
    await poison(bookings[position])
    for _ in range(2):
        answer = await post_batch(system, {"items": items})
        assert [each["status"] for each in answer.json()["items"]] == [500 if n == position else 200 for n in POSITIONS]
    found = [await status_of(system, booking) for booking in bookings]
    assert found == ["AWAITING_PAYMENT" if each == position else "BOOKED" for each in POSITIONS]
    assert await inbox(system) == {each["id"] for n, each in enumerate(items) if n != position}


@pytest.mark.parametrize("position", POSITIONS)
async def test_a_repeat_in_a_batch_changes_nothing_and_the_others_are_applied(
    system: TicketSystem, position: int
) -> None:
    bookings, items = await paid_bookings(system)
    first = items[position]
    await system.post_webhook("invoice.paid", first["data"], webhook_id=first["id"])
    answer = await post_batch(system, {"items": items})
    assert [each["status"] for each in answer.json()["items"]] == [200] * SEATS
    assert await inbox(system) == {each["id"] for each in items}
    for booking in bookings:
        assert [each["status"] for each in await system.published(booking["id"])] == ["AWAITING_PAYMENT", "BOOKED"]


@pytest.mark.parametrize("position", POSITIONS)
async def test_a_payment_that_came_late_is_owed_back_and_the_others_are_applied(
    system: TicketSystem, position: int
) -> None:
    bookings, items = await paid_bookings(system)
    async with system.services.engine.begin() as connection:
        expired = sa.update(tables.bookings).where(tables.bookings.c.id == bookings[position]["id"])
        await connection.execute(expired.values(status="EXPIRED"))
    answer = await post_batch(system, {"items": items})
    assert [each["status"] for each in answer.json()["items"]] == [200] * SEATS
    late = await system.booking(bookings[position]["id"])
    assert (late["status"], late["refund_status"]) == ("EXPIRED", "PENDING")
    assert [await status_of(system, each) for each in bookings].count("BOOKED") == SEATS - 1
    assert await inbox(system) == {each["id"] for each in items}


async def test_ordinary_payments_of_a_batch_take_one_transaction(
    system: TicketSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, items = await paid_bookings(system)
    monkeypatch.setattr(payment_webhook, "receive_webhook", never)
    sold: list[int] = []

    async def noted(driver: Any, paid: Any, **options: Any) -> Any:
        sold.append(len(paid))
        return await sell(driver, paid, **options)

    monkeypatch.setattr(receive_batch, "sell", noted)
    await post_batch(system, {"items": items})
    assert sold == [SEATS]


async def never(*_: object) -> str:
    raise AssertionError


async def booking_paid_and_refunded(system: TicketSystem) -> tuple[Any, Json, Json]:
    """Returns a booking that waits for its payment, and the items which say that it is paid, and then refunded."""
    event, seats = await system.create_event()
    booking = await system.book(event, seats[:1])
    paid = item(system.payment.set_status(booking["id"], "PAID"))
    refunded = item(system.payment.set_status(booking["id"], "REFUNDED"), "invoice.refunded")
    return booking, paid, refunded


async def test_two_events_of_one_booking_are_applied_in_their_order(system: TicketSystem) -> None:
    booking, paid, refunded = await booking_paid_and_refunded(system)
    answer = await post_batch(system, {"items": [paid, refunded]})
    assert [each["status"] for each in answer.json()["items"]] == [200, 200]
    ended = await system.booking(booking["id"])
    assert (ended["status"], ended["refund_status"]) == ("CANCELLED", "REFUNDED")
    assert [each["status"] for each in await system.published(booking["id"])][1:] == ["BOOKED", "CANCELLED"]


async def test_two_events_of_one_booking_in_the_wrong_order_lead_to_the_newest_state(system: TicketSystem) -> None:
    booking, paid, refunded = await booking_paid_and_refunded(system)
    answer = await post_batch(system, {"items": [refunded, paid]})
    assert [each["status"] for each in answer.json()["items"]] == [200, 200]
    assert await status_of(system, booking) == "CANCELLED"


async def test_what_an_event_causes_has_its_own_trace(system: TicketSystem) -> None:
    bookings, items = await paid_bookings(system)
    items[1]["traceparent"] = items[2]["request_id"] = 7
    await post_batch(system, {"items": items})
    traces = [await trace_of(system, booking["id"]) for booking in bookings]
    assert (traces[0].request_id, traces[0].traceparent) == (items[0]["request_id"], items[0]["traceparent"])
    assert traces[1].request_id == items[1]["request_id"]
    assert traces[2].traceparent == items[2]["traceparent"]
    assert len({trace.trace_id for trace in traces}) == SEATS


async def trace_of(system: TicketSystem, booking_id: str) -> Trace:
    """Returns the trace of a booking's newest event, which that of its newest audit entry must equal."""
    rows, entries = tables.webhook_deliveries.c, tables.audit_entries.c
    newest = sa.select(rows.request_id, rows.traceparent).where(rows.subject_id == booking_id)
    audited = sa.select(entries.request_id).where(entries.subject_id == booking_id).order_by(entries.id.desc()).limit(1)
    async with system.services.engine.connect() as connection:
        found = (await connection.execute(newest.order_by(rows.subject_version.desc()).limit(1))).one()
        assert (await connection.execute(audited)).scalar_one() == found.request_id
    return Trace(*found)


async def test_a_database_that_is_away_is_the_answer_to_the_whole_batch(
    system: TicketSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, items = await paid_bookings(system)

    async def lose_the_database(*_: Any, **__: Any) -> Any:
        raise asyncpg.InterfaceError("connection is closed")

    monkeypatch.setattr(receive_batch, "sell", lose_the_database)
    answer = await post_batch(system, {"items": items})
    assert (answer.status_code, answer.json()["type"]) == (503, "not-ready")


@pytest.mark.parametrize("vector", ENVELOPES, ids=lambda vector: vector["name"])
async def test_an_envelope_is_accepted_or_refused_as_the_contract_says(system: TicketSystem, vector: Json) -> None:
    """The items of the vectors are no events of payment, so each accepted one is answered with 422."""
    answer = await post_batch(system, vector["data"])
    if vector["expected"] == "refuse":
        assert (answer.status_code, answer.json()["type"]) == (422, "validation-error"), vector["reason"]
    else:
        expected = [{"id": each["id"], "status": 422} for each in vector["data"]["items"]]
        assert (answer.status_code, answer.json()) == (200, {"items": expected}), vector["reason"]


async def test_a_batch_that_is_not_signed_changes_nothing(system: TicketSystem) -> None:
    bookings, items = await paid_bookings(system)
    body = json.dumps({"type": "batch", "timestamp": "2026-11-23T10:03:12Z", "data": {"items": items}})
    headers = system.signature_headers(body + " ", "msg_1")
    answer = await system.client.post("/webhooks/payment", content=body, headers=headers)
    assert answer.status_code == 401
    assert await status_of(system, bookings[0]) == "AWAITING_PAYMENT"
