"""The worker's lanes do all steps of bookings without sweeps; published events match the contract."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import jsonschema
from support.ticket_system import TicketSystem
from ticketing.usecases.worker.lanes import BOOKING_LANES, OPERATIONS
from ticketing.worker import run_worker

from devstack.waiting import wait_until

WEBHOOKS = Path(__file__).parents[3] / "contracts" / "webhooks"


@asynccontextmanager
async def worker_on(system: TicketSystem) -> AsyncIterator[None]:
    """Runs a worker without deliveries and without sweeps."""
    stop = asyncio.Event()
    lanes = (*BOOKING_LANES, OPERATIONS)
    working = asyncio.create_task(run_worker(system.services, stop, lanes=lanes, sweeps=()))
    try:
        yield
    finally:
        stop.set()
        await working


async def test_lanes_without_sweeps_bring_a_cancelled_seat_to_the_next_in_the_queue(system: TicketSystem) -> None:
    event, (seat, *_) = await system.create_event()
    async with worker_on(system):
        booking = await system.book(event, [seat])
        await system.pay(booking["id"])

        async def has(booking_id: str, **facts: Any) -> bool:
            shown = await system.booking(booking_id)
            return facts.items() <= {**shown, "kind": (shown["document"] or {}).get("kind")}.items()

        await wait_until(lambda: has(booking["id"], status="BOOKED", kind="CONFIRMATION"))
        first, second = await system.join(seat), await system.join(seat)
        await system.client.post(f"/api/v1/bookings/{booking['id']}/cancel", json={})

        async def offered() -> bool:
            entry = await system.entry(first["id"])
            return entry["status"] == "OFFERED" and entry["offer_expires_at"] is not None

        await wait_until(offered)
        await wait_until(lambda: has(booking["id"], status="CANCELLED", kind="NOTICE"))
        assert (await system.entry(second["id"]))["position"] == 1


async def test_a_rolled_back_transaction_leaves_no_change_and_no_webhook(system: TicketSystem) -> None:
    event, (seat, *_) = await system.create_event()
    booking = await system.book(event, [seat])
    before = await system.booking_row(booking["id"])
    # The seat names another booking, so the sale fails and its transaction is rolled back.
    async with system.services.engine.begin() as connection:
        await connection.exec_driver_sql("UPDATE seats SET booking_id = gen_random_uuid() WHERE booking_id IS NOT NULL")
    assert (await system.pay(booking["id"])).status_code == 500
    assert (await system.booking(booking["id"]))["status"] == "AWAITING_PAYMENT"
    assert len(await system.published(booking["id"])) == 1
    assert await system.booking_row(booking["id"]) == before


async def test_every_webhook_matches_the_contract(system: TicketSystem) -> None:
    event, seats = await system.create_event()
    booking = await system.book_and_pay(event, seats[:1])
    entry = await system.join(seats[0])
    await system.client.post(f"/api/v1/bookings/{booking['id']}/cancel", json={})
    await system.run_until_idle()
    promoted = (await system.entry(entry["id"]))["booking_id"]
    for type_, subjects in (("booking.updated", [booking["id"], promoted]), ("waitlist.updated", [entry["id"]])):
        schema = json.loads((WEBHOOKS / f"{type_}.schema.json").read_text())
        for subject in subjects:
            published = await system.published(subject)
            assert len(published) > 1
            for data in published:
                message = {"type": type_, "timestamp": "2026-11-23T10:00:00Z", "data": data}
                jsonschema.Draft202012Validator(schema).validate(message)


async def test_the_examples_of_payments_webhooks_are_applied(system: TicketSystem) -> None:
    event, seats = await system.create_event()
    for type_ in ("invoice.paid", "invoice.failed", "invoice.refunded"):
        booking = await system.book(event, seats[:1])
        example = json.loads((WEBHOOKS / "examples" / f"{type_}.json").read_text())
        data = {**example["data"], "reference": booking["id"]}
        assert (await system.post_webhook(type_, data)).json() == {"effect": "applied"}
        system.payment.invoices[booking["id"]]["status"] = data["status"]
        if type_ == "invoice.paid":
            await system.client.post(f"/api/v1/bookings/{booking['id']}/cancel", json={})
        await system.run_until_idle()
