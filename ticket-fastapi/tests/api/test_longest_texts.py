"""The longest accepted text in every field, through everything that happens to a booking and a place in the queue."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from pydantic_core import to_json
from support.catalog import event_body, made
from support.receiver import Receiver, receive_webhooks
from support.stage import Stage, customer
from support.work import deliver
from ticketing.db.tables import bookings, webhook_deliveries
from ticketing.documents.render import render_now
from ticketing.domain.booking import FailureReason
from ticketing.services import Services
from ticketing.usecases.booking import issue_document

LENGTHS = {
    name: field["max_length"]
    for name, field in json.loads((Path(__file__).parents[3] / "contracts" / "text.json").read_text())["fields"].items()
}
MOST_BYTES = 64 * 1024
SEATS = 10
SCRIPTS = {
    "quotes that JSON doubles": '"',
    "four bytes": "\N{MATHEMATICAL SCRIPT CAPITAL A}",
    "right to left": "م",
}


def longest(character: str, field: str) -> str:
    return character * LENGTHS[field]


@dataclasses.dataclass
class Full:
    """An event whose every text is as long as can be, and its ten seats."""

    stage: Stage
    character: str
    event: Any
    seats: list[Any]

    @property
    def buyer(self) -> dict[str, str]:
        email = "q" * (LENGTHS["customer.email"] - 5) + "@x.id"
        return customer(name=longest(self.character, "customer.name"), email=email)

    async def book(self, seats: list[Any]) -> Any:
        return await self.stage.book(self.event, seats, customer=self.buyer, return_url="http://x.id/" + "r" * 480)

    async def paid(self, seats: list[Any]) -> Any:
        booking = await self.book(seats)
        assert (await self.stage.pay(booking["id"])).json() == {"effect": "applied"}
        await self.stage.settle()
        return await self.stage.booking(booking["id"])

    async def refunded(self, booking_id: str) -> None:
        """The money goes back; until then the booking would be due again and again."""
        self.stage.payment.decide(booking_id, "REFUNDED")
        await self.stage.tell(booking_id)
        await self.stage.settle()

    async def status(self, booking_id: str) -> str:
        return str((await self.stage.booking(booking_id))["status"])


@pytest.fixture(params=SCRIPTS.values(), ids=SCRIPTS.keys())
async def full(request: pytest.FixtureRequest, stage: Stage, monkeypatch: pytest.MonkeyPatch) -> Full:
    character: str = request.param

    async def really(document: Any) -> bytes:
        return render_now(document)

    monkeypatch.setattr(issue_document, "render", really)
    event, _ = await stage.event()
    slug = event["organizer"]["slug"]
    named = await stage.client.patch(f"/api/v1/organizers/{slug}", json={"name": longest(character, "organizer.name")})
    assert named.status_code == 200, named.text
    texts = {name: longest(character, f"event.{name}") for name in ("name", "venue", "description")}
    fullest = await made(stage.client, "/api/v1/events", event_body(organizer=slug, **texts))
    place = {"section": longest(character, "seat.section"), "row": longest(character, "seat.row")}
    wanted = [{**place, "number": 99_991 + number, "price": 10**12} for number in range(SEATS)]
    seats = (await made(stage.client, f"/api/v1/events/{fullest['id']}/seats", {"seats": wanted}))["items"]
    return Full(stage, character, {**fullest, "base_url": event["base_url"]}, seats)


@pytest.fixture
async def receiver(stage: Stage) -> AsyncIterator[Receiver]:
    async with receive_webhooks(stage.settings.client_webhook_secret.get_secret_value()) as receiver:
        yield receiver


async def test_a_booking_is_made_paid_told_and_given_back(full: Full, receiver: Receiver) -> None:
    stage = full.stage
    booking = await full.paid(full.seats)
    assert (booking["status"], booking["document"]["kind"]) == ("BOOKED", "CONFIRMATION")
    assert booking["event"]["name"] == longest(full.character, "event.name")
    description = stage.payment.requests[-1]["description"]
    assert description.startswith(booking["event"]["name"])
    assert len(description) <= LENGTHS["invoice.description"]
    assert (await stage.client.get(f"/api/v1/bookings/{booking['id']}/ticket")).status_code == 200
    assert (await stage.client.get(f"/api/v1/bookings/{booking['id']}/timeline")).status_code == 200

    assert (await stage.client.post(f"/api/v1/bookings/{booking['id']}/cancel")).status_code == 200
    await stage.settle()
    await full.refunded(booking["id"])
    ended = await stage.booking(booking["id"])
    assert (ended["status"], ended["refund_status"], ended["document"]["kind"]) == ("CANCELLED", "REFUNDED", "NOTICE")
    await all_is_told(stage, receiver)


async def test_an_unpaid_booking_expires_and_a_failed_payment_fails(full: Full, receiver: Receiver) -> None:
    expiring, failing = await full.book(full.seats[:5]), await full.book(full.seats[5:])
    await full.stage.overdue(expiring["id"])
    await full.stage.pay(failing["id"], "FAILED")
    await full.stage.settle()
    assert await full.status(expiring["id"]) == "EXPIRED"
    assert (await full.stage.booking(failing["id"]))["failure_reason"] == FailureReason.PAYMENT_FAILED
    await all_is_told(full.stage, receiver)


async def test_a_seat_passes_to_the_next_in_line_who_pays(full: Full, receiver: Receiver) -> None:
    stage = full.stage
    holder = await full.paid(full.seats[:1])
    body = {"seat_id": full.seats[0]["id"], "customer": full.buyer, "return_url": "http://x.id/?" + "/" * 480}
    first, second = [await made(stage.client, "/api/v1/waitlist", {**body, "customer": full.buyer}) for _ in range(2)]
    await stage.client.post(f"/api/v1/bookings/{holder['id']}/cancel")
    await stage.settle()
    await stage.tell_positions()
    offered = await stage.entry(first["id"])
    assert offered["status"] == "OFFERED"
    assert (await stage.entry(second["id"]))["position"] == 1
    await stage.pay(offered["booking_id"])
    await stage.settle()
    assert (await stage.entry(first["id"]))["status"] == "FULFILLED"
    assert await full.status(offered["booking_id"]) == "BOOKED"
    await full.refunded(holder["id"])
    await all_is_told(stage, receiver)


async def test_a_cancelled_event_ends_everything(full: Full, receiver: Receiver) -> None:
    stage = full.stage
    sold, unpaid = await full.paid(full.seats[:1]), await full.book(full.seats[1:])
    waiting = await made(stage.client, "/api/v1/waitlist", {"seat_id": full.seats[0]["id"], "customer": full.buyer})
    reason = {"reason": full.character * 500}
    answer = await stage.client.post(f"/api/v1/events/{full.event['id']}/cancel", json=reason)
    assert answer.status_code == 202, answer.text
    await stage.settle()
    assert [await full.status(booking["id"]) for booking in (sold, unpaid)] == ["CANCELLED", "CANCELLED"]
    assert (await stage.entry(waiting["id"]))["status"] == "LAPSED"
    await full.refunded(sold["id"])
    await all_is_told(stage, receiver)


async def test_a_declined_hold_is_answered_with_the_whole_booking(full: Full) -> None:
    await full.stage.organizer_does("fail")
    answer = await full.stage.client.post(
        "/api/v1/bookings", json=full.stage.order(full.event, full.seats, customer=full.buyer)
    )
    assert (answer.status_code, answer.json()["type"]) == (502, "organizer-declined")
    assert answer.json()["booking"]["event"]["venue"] == longest(full.character, "event.venue")


async def test_texts_stored_before_line_breaks_were_refused_make_an_invoice_all_the_same(stage: Stage) -> None:
    event, (seat, *_) = await stage.event()
    holder = await stage.booked(event, [seat])
    entry = await stage.join(seat)
    async with stage.services.engine.begin() as connection:
        for statement in (
            "UPDATE events SET name = E'Opening night\\nSecond line\\u2028third'",
            "UPDATE waitlist_entries SET customer_name = E'Ayu\\tLestari', customer_email = E'a\\u007fyu@x.id'",
        ):
            await connection.exec_driver_sql(statement)
    await stage.client.post(f"/api/v1/bookings/{holder['id']}/cancel")
    await stage.settle()
    assert (await stage.entry(entry["id"]))["status"] == "OFFERED"
    asked = stage.payment.requests[-1]
    assert asked["description"].startswith("Opening night Second line third: ")
    assert (asked["customer"]["name"], asked["customer"]["email"]) == ("Ayu Lestari", "ayu@x.id")


async def test_an_address_stored_before_it_was_refused_makes_an_invoice_all_the_same(stage: Stage) -> None:
    event, (seat, *_) = await stage.event()
    holder = await stage.booked(event, [seat])
    entry = await stage.join(seat)
    async with stage.services.engine.begin() as connection:
        await connection.exec_driver_sql("""UPDATE waitlist_entries SET customer_email = '"ayu@home"@x.id'""")
    await stage.client.post(f"/api/v1/bookings/{holder['id']}/cancel")
    await stage.settle()
    assert (await stage.entry(entry["id"]))["status"] == "OFFERED"
    asked = stage.payment.requests[-1]["customer"]
    assert asked["email"] == f"{asked['id']}@no-usable-address.example"


async def all_is_told(stage: Stage, receiver: Receiver) -> None:
    """Every webhook that is due arrives, and fits what a receiver takes."""
    services: Services = dataclasses.replace(
        stage.services, settings=stage.settings.model_copy(update={"client_webhook_url": receiver.url})
    )
    async with services.engine.connect() as connection:
        due = list((await connection.execute(sa.select(webhook_deliveries.c.id))).scalars())
        failed = (await connection.exec_driver_sql("SELECT loop, item, error FROM work_failures")).all()
        left = (await connection.execute(sa.select(bookings.c.id).where(bookings.c.next_step_at < sa.func.now()))).all()
    assert (failed, left) == ([], [])
    for delivery_id in due:
        await deliver(services, delivery_id)
    assert len(receiver.received) == len(due) > 0
    assert max(len(to_json(received.body)) for received in receiver.received) <= MOST_BYTES
