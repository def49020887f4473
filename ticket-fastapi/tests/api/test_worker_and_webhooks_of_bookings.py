"""The worker's lanes carry bookings on without any sweep; what the client is told is what the contract says."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import jsonschema
from support.stage import Stage, until
from ticketing.usecases.worker.lanes import BOOKING_LANES, OPERATIONS, POSITIONS
from ticketing.worker import run_worker

WEBHOOKS = Path(__file__).parents[3] / "contracts" / "webhooks"


@asynccontextmanager
async def worker_on(stage: Stage) -> AsyncIterator[None]:
    """A worker without deliveries and without any sweep."""
    stop = asyncio.Event()
    lanes = (*BOOKING_LANES, OPERATIONS, POSITIONS)
    working = asyncio.create_task(run_worker(stage.services, stop, lanes=lanes, sweeps=()))
    try:
        yield
    finally:
        stop.set()
        await working


async def test_lanes_alone_carry_a_cancellation_through_to_the_next_in_line(stage: Stage) -> None:
    event, (seat, *_) = await stage.event()
    async with worker_on(stage):
        booking = await stage.book(event, [seat])
        await stage.pay(booking["id"])

        async def has(booking_id: str, **facts: Any) -> bool:
            shown = await stage.booking(booking_id)
            return facts.items() <= {**shown, "kind": (shown["document"] or {}).get("kind")}.items()

        await until(lambda: has(booking["id"], status="BOOKED", kind="CONFIRMATION"))
        first, second = await stage.join(seat), await stage.join(seat)
        await stage.client.post(f"/api/v1/bookings/{booking['id']}/cancel", json={})

        async def offered() -> bool:
            entry = await stage.entry(first["id"])
            return entry["status"] == "OFFERED" and entry["offer_expires_at"] is not None

        await until(offered)
        await until(lambda: has(booking["id"], status="CANCELLED", kind="NOTICE"))

        async def told_of_place() -> bool:
            return [data["position"] for data in await stage.told(second["id"])] == [2, 1]

        await until(told_of_place)


async def test_an_undone_transaction_takes_its_work_and_its_webhook_along(stage: Stage) -> None:
    event, (seat, *_) = await stage.event()
    booking = await stage.book(event, [seat])
    before = await stage.row(booking["id"])
    # The seat names another booking: the sale cannot be completed, so the whole of it is undone.
    async with stage.services.engine.begin() as connection:
        await connection.exec_driver_sql("UPDATE seats SET booking_id = gen_random_uuid() WHERE booking_id IS NOT NULL")
    assert (await stage.pay(booking["id"])).status_code == 500
    assert (await stage.booking(booking["id"]))["status"] == "AWAITING_PAYMENT"
    assert len(await stage.told(booking["id"])) == 1
    assert await stage.row(booking["id"]) == before


async def test_every_webhook_is_as_the_contract_says(stage: Stage) -> None:
    event, some = await stage.event()
    booking = await stage.booked(event, some[:1])
    entry = await stage.join(some[0])
    await stage.client.post(f"/api/v1/bookings/{booking['id']}/cancel", json={})
    await stage.settle()
    promoted = (await stage.entry(entry["id"]))["booking_id"]
    for type_, subjects in (("booking.updated", [booking["id"], promoted]), ("waitlist.updated", [entry["id"]])):
        schema = json.loads((WEBHOOKS / f"{type_}.schema.json").read_text())
        for subject in subjects:
            for data in await stage.told(subject):
                message = {"type": type_, "timestamp": "2026-11-23T10:00:00Z", "data": data}
                jsonschema.Draft202012Validator(schema).validate(message)


async def test_the_examples_of_payments_webhooks_are_read(stage: Stage) -> None:
    event, some = await stage.event()
    for type_ in ("invoice.paid", "invoice.failed", "invoice.refunded"):
        booking = await stage.book(event, some[:1])
        example = json.loads((WEBHOOKS / "examples" / f"{type_}.json").read_text())
        data = {**example["data"], "reference": booking["id"]}
        assert (await stage.webhook(type_, data)).json() == {"effect": "applied"}
        stage.payment.invoices[booking["id"]]["status"] = data["status"]
        if type_ == "invoice.paid":
            await stage.client.post(f"/api/v1/bookings/{booking['id']}/cancel", json={})
        await stage.settle()
