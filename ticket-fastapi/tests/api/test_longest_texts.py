"""The longest accepted texts pass through every step of a booking and of a waitlist entry."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from pydantic_core import to_json
from support.catalog import create, event_body
from support.lanes import attempt_delivery
from support.length import IS_LONG
from support.ticket_system import TicketSystem, customer
from support.webhook_receiver import WebhookReceiver, receive_webhooks
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
LONGEST_IN_BYTES = {"four bytes": SCRIPTS["four bytes"]}
EVERY_SCRIPT = pytest.mark.parametrize("long_texts", SCRIPTS.values(), ids=SCRIPTS.keys(), indirect=True)
SCRIPTS_OF_EVERY_STORY = SCRIPTS if IS_LONG else LONGEST_IN_BYTES
"""In the short form one story is told in every script, the others in the script that takes most bytes."""


def longest(character: str, field: str) -> str:
    return character * LENGTHS[field]


@dataclasses.dataclass
class EventOfLongTexts:
    """An event with the longest accepted texts, and its ten seats."""

    system: TicketSystem
    character: str
    event: Any
    seats: list[Any]

    @property
    def buyer(self) -> dict[str, str]:
        email = "q" * (LENGTHS["customer.email"] - 5) + "@x.id"
        return customer(name=longest(self.character, "customer.name"), email=email)

    async def book(self, seats: list[Any]) -> Any:
        return await self.system.book(self.event, seats, customer=self.buyer, return_url="http://x.id/" + "r" * 480)

    async def paid(self, seats: list[Any]) -> Any:
        booking = await self.book(seats)
        assert (await self.system.pay(booking["id"])).json() == {"effect": "applied"}
        await self.system.run_until_idle()
        return await self.system.booking(booking["id"])

    async def refunded(self, booking_id: str) -> None:
        """Makes the refund; until then the booking stays due."""
        self.system.payment.set_status(booking_id, "REFUNDED")
        await self.system.send_invoice_webhook(booking_id)
        await self.system.run_until_idle()

    async def status(self, booking_id: str) -> str:
        return str((await self.system.booking(booking_id))["status"])


@pytest.fixture(params=SCRIPTS_OF_EVERY_STORY.values(), ids=SCRIPTS_OF_EVERY_STORY.keys())
async def long_texts(
    request: pytest.FixtureRequest, system: TicketSystem, monkeypatch: pytest.MonkeyPatch
) -> EventOfLongTexts:
    character: str = request.param

    async def render_for_real(document: Any) -> bytes:
        return render_now(document)

    monkeypatch.setattr(issue_document, "render", render_for_real)
    event, _ = await system.create_event()
    slug = event["organizer"]["slug"]
    named = await system.client.patch(f"/api/v1/organizers/{slug}", json={"name": longest(character, "organizer.name")})
    assert named.status_code == 200, named.text
    texts = {name: longest(character, f"event.{name}") for name in ("name", "venue", "description")}
    fullest = await create(system.client, "/api/v1/events", event_body(organizer=slug, **texts))
    place = {"section": longest(character, "seat.section"), "row": longest(character, "seat.row")}
    wanted = [{**place, "number": 99_991 + number, "price": 10**12} for number in range(SEATS)]
    seats = (await create(system.client, f"/api/v1/events/{fullest['id']}/seats", {"seats": wanted}))["items"]
    return EventOfLongTexts(system, character, {**fullest, "base_url": event["base_url"]}, seats)


@pytest.fixture
async def receiver(system: TicketSystem) -> AsyncIterator[WebhookReceiver]:
    async with receive_webhooks(system.settings.client_webhook_secret.get_secret_value()) as receiver:
        yield receiver


@EVERY_SCRIPT
async def test_a_booking_is_created_paid_published_and_refunded(
    long_texts: EventOfLongTexts, receiver: WebhookReceiver
) -> None:
    system = long_texts.system
    booking = await long_texts.paid(long_texts.seats)
    assert (booking["status"], booking["document"]["kind"]) == ("BOOKED", "CONFIRMATION")
    assert booking["event"]["name"] == longest(long_texts.character, "event.name")
    description = system.payment.requests[-1]["description"]
    assert description.startswith(booking["event"]["name"])
    assert len(description) <= LENGTHS["invoice.description"]
    assert (await system.client.get(f"/api/v1/bookings/{booking['id']}/ticket")).status_code == 200
    assert (await system.client.get(f"/api/v1/bookings/{booking['id']}/timeline")).status_code == 200

    assert (await system.client.post(f"/api/v1/bookings/{booking['id']}/cancel")).status_code == 200
    await system.run_until_idle()
    await long_texts.refunded(booking["id"])
    ended = await system.booking(booking["id"])
    assert (ended["status"], ended["refund_status"], ended["document"]["kind"]) == ("CANCELLED", "REFUNDED", "NOTICE")
    await assert_all_webhooks_arrive(system, receiver)


async def test_an_unpaid_booking_expires_and_a_failed_payment_fails(
    long_texts: EventOfLongTexts, receiver: WebhookReceiver
) -> None:
    expiring, failing = await long_texts.book(long_texts.seats[:5]), await long_texts.book(long_texts.seats[5:])
    await long_texts.system.pass_payment_deadline(expiring["id"])
    await long_texts.system.pay(failing["id"], "FAILED")
    await long_texts.system.run_until_idle()
    assert await long_texts.status(expiring["id"]) == "EXPIRED"
    assert (await long_texts.system.booking(failing["id"]))["failure_reason"] == FailureReason.PAYMENT_FAILED
    await assert_all_webhooks_arrive(long_texts.system, receiver)


async def test_a_seat_is_reassigned_to_the_first_in_its_queue_who_pays(
    long_texts: EventOfLongTexts, receiver: WebhookReceiver
) -> None:
    system = long_texts.system
    holder = await long_texts.paid(long_texts.seats[:1])
    body = {
        "seat_id": long_texts.seats[0]["id"],
        "customer": long_texts.buyer,
        "return_url": "http://x.id/?" + "/" * 480,
    }
    first, second = [
        await create(system.client, "/api/v1/waitlist", {**body, "customer": long_texts.buyer}) for _ in range(2)
    ]
    await system.client.post(f"/api/v1/bookings/{holder['id']}/cancel")
    await system.run_until_idle()
    offered = await system.entry(first["id"])
    assert offered["status"] == "OFFERED"
    assert (await system.entry(second["id"]))["position"] == 1
    await system.pay(offered["booking_id"])
    await system.run_until_idle()
    assert (await system.entry(first["id"]))["status"] == "FULFILLED"
    assert await long_texts.status(offered["booking_id"]) == "BOOKED"
    await long_texts.refunded(holder["id"])
    await assert_all_webhooks_arrive(system, receiver)


async def test_a_cancelled_event_ends_everything(long_texts: EventOfLongTexts, receiver: WebhookReceiver) -> None:
    system = long_texts.system
    sold, unpaid = await long_texts.paid(long_texts.seats[:1]), await long_texts.book(long_texts.seats[1:])
    waiting = await create(
        system.client, "/api/v1/waitlist", {"seat_id": long_texts.seats[0]["id"], "customer": long_texts.buyer}
    )
    reason = {"reason": long_texts.character * 500}
    answer = await system.client.post(f"/api/v1/events/{long_texts.event['id']}/cancel", json=reason)
    assert answer.status_code == 202, answer.text
    await system.run_until_idle()
    assert [await long_texts.status(booking["id"]) for booking in (sold, unpaid)] == ["CANCELLED", "CANCELLED"]
    assert (await system.entry(waiting["id"]))["status"] == "LAPSED"
    await long_texts.refunded(sold["id"])
    await assert_all_webhooks_arrive(system, receiver)


async def test_a_declined_hold_is_answered_with_the_whole_booking(long_texts: EventOfLongTexts) -> None:
    await long_texts.system.set_organizer_outcomes("fail")
    answer = await long_texts.system.client.post(
        "/api/v1/bookings",
        json=long_texts.system.booking_request(long_texts.event, long_texts.seats, customer=long_texts.buyer),
    )
    assert (answer.status_code, answer.json()["type"]) == (502, "organizer-declined")
    assert answer.json()["booking"]["event"]["venue"] == longest(long_texts.character, "event.venue")


async def test_old_texts_with_line_breaks_do_not_prevent_an_invoice(system: TicketSystem) -> None:
    event, (seat, *_) = await system.create_event()
    holder = await system.book_and_pay(event, [seat])
    entry = await system.join(seat)
    async with system.services.engine.begin() as connection:
        for statement in (
            "UPDATE events SET name = E'Opening night\\nSecond line\\u2028third'",
            "UPDATE waitlist_entries SET customer_name = E'Ayu\\tLestari', customer_email = E'a\\u007fyu@x.id'",
        ):
            await connection.exec_driver_sql(statement)
    await system.client.post(f"/api/v1/bookings/{holder['id']}/cancel")
    await system.run_until_idle()
    assert (await system.entry(entry["id"]))["status"] == "OFFERED"
    asked = system.payment.requests[-1]
    assert asked["description"].startswith("Opening night Second line third: ")
    assert (asked["customer"]["name"], asked["customer"]["email"]) == ("Ayu Lestari", "ayu@x.id")


async def test_an_old_unusable_email_address_does_not_prevent_an_invoice(system: TicketSystem) -> None:
    event, (seat, *_) = await system.create_event()
    holder = await system.book_and_pay(event, [seat])
    entry = await system.join(seat)
    async with system.services.engine.begin() as connection:
        await connection.exec_driver_sql("""UPDATE waitlist_entries SET customer_email = '"ayu@home"@x.id'""")
    await system.client.post(f"/api/v1/bookings/{holder['id']}/cancel")
    await system.run_until_idle()
    assert (await system.entry(entry["id"]))["status"] == "OFFERED"
    asked = system.payment.requests[-1]["customer"]
    assert asked["email"] == f"{asked['id']}@no-usable-address.example"


async def assert_all_webhooks_arrive(system: TicketSystem, receiver: WebhookReceiver) -> None:
    """Delivers every webhook, and asserts that each arrives and is not larger than a receiver accepts."""
    services: Services = dataclasses.replace(
        system.services, settings=system.settings.model_copy(update={"client_webhook_url": receiver.url})
    )
    async with services.engine.connect() as connection:
        due = list((await connection.execute(sa.select(webhook_deliveries.c.id))).scalars())
        failed = (await connection.exec_driver_sql("SELECT loop, item, error FROM work_failures")).all()
        left = (await connection.execute(sa.select(bookings.c.id).where(bookings.c.next_step_at < sa.func.now()))).all()
    assert (failed, left) == ([], [])
    for delivery_id in due:
        await attempt_delivery(services, delivery_id)
    assert len(receiver.received) == len(due) > 0
    assert max(len(to_json(received.body)) for received in receiver.received) <= MOST_BYTES
