"""A webhook of payment is applied once, in any order, and only if it is signed (docs/booking.md, Webhooks)."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
import sqlalchemy as sa
import time_machine
from pydantic import SecretStr
from support.applications import ticket_app
from support.ticket_system import TicketSystem
from ticketing.db.tables import audit_entries, webhook_inbox
from ticketing.domain.booking import FailureReason
from ticketing.settings import Settings


async def inbox(system: TicketSystem) -> int:
    async with system.services.engine.connect() as connection:
        count = await connection.execute(sa.select(sa.func.count()).select_from(webhook_inbox))
        return int(count.scalar_one())


async def stored_effects(system: TicketSystem) -> Counter[str]:
    async with system.services.engine.connect() as connection:
        return Counter((await connection.execute(sa.select(webhook_inbox.c.effect))).scalars())


async def times_done(system: TicketSystem, booking_id: str, action: str) -> int:
    query = sa.select(sa.func.count()).where(audit_entries.c.subject_id == booking_id, audit_entries.c.action == action)
    async with system.services.engine.connect() as connection:
        return int((await connection.execute(query)).scalar_one())


async def test_a_failed_payment_ends_the_booking_and_opens_its_seats(system: TicketSystem) -> None:
    event, seats = await system.create_event()
    booking = await system.book(event, seats[:2])
    assert (await system.pay(booking["id"], "FAILED")).json() == {"effect": "applied"}
    await system.run_until_idle()
    ended = await system.booking(booking["id"])
    assert (ended["status"], ended["failure_reason"]) == ("FAILED", FailureReason.PAYMENT_FAILED)
    assert ended["document"]["kind"] == "NOTICE"
    assert {(await system.seat(seat["id"]))["status"] for seat in seats} == {"OPEN"}
    assert await system.hold_status(event, booking["id"]) == "RELEASED"


async def test_the_same_webhook_many_times_at_once_has_one_effect(system: TicketSystem) -> None:
    event, seats = await system.create_event()
    booking = await system.book(event, seats[:1])
    invoice = system.payment.set_status(booking["id"], "PAID")
    answers = await asyncio.gather(
        *(system.post_webhook("invoice.paid", invoice, webhook_id="msg_1") for _ in range(8))
    )
    assert Counter(answer.json()["effect"] for answer in answers) == {"applied": 1, "duplicate": 7}
    # The same invoice with another webhook id has the same version, so it is ignored.
    assert (await system.send_invoice_webhook(booking["id"])).json() == {"effect": "ignored"}
    assert await times_done(system, booking["id"], "PAY") == 1


async def test_webhooks_in_the_wrong_order_lead_to_the_newest_state(system: TicketSystem) -> None:
    event, seats = await system.create_event()
    booking = await system.book(event, seats[:1])
    paid = dict(system.payment.set_status(booking["id"], "PAID"))
    system.payment.set_status(booking["id"], "REFUNDED")
    assert (await system.send_invoice_webhook(booking["id"])).json() == {"effect": "applied"}
    assert (await system.post_webhook("invoice.paid", paid)).json() == {"effect": "ignored"}
    assert await stored_effects(system) == {"applied": 1, "ignored": 1}
    await system.run_until_idle()
    ended = await system.booking(booking["id"])
    assert (ended["status"], ended["cancel_reason"], ended["refund_status"]) == ("CANCELLED", "STAFF", "REFUNDED")
    assert (await system.seat(seats[0]["id"]))["status"] == "OPEN"


async def test_a_webhook_with_an_older_version_is_ignored(system: TicketSystem) -> None:
    event, seats = await system.create_event()
    booking = await system.book(event, seats[:1])
    assert (await system.pay(booking["id"], "FAILED")).json() == {"effect": "applied"}
    older = {**system.payment.invoices[booking["id"]], "status": "PAID", "version": 1}
    assert (await system.post_webhook("invoice.paid", older)).json() == {"effect": "ignored"}
    assert (await system.booking(booking["id"]))["refund_status"] is None


async def test_a_sold_booking_that_is_refunded_at_payment_is_cancelled_by_staff(system: TicketSystem) -> None:
    event, seats = await system.create_event()
    booking = await system.book_and_pay(event, seats[:1])
    await system.pay(booking["id"], "REFUNDED")
    await system.run_until_idle()
    ended = await system.booking(booking["id"])
    assert (ended["status"], ended["cancel_reason"], ended["refund_status"]) == ("CANCELLED", "STAFF", "REFUNDED")
    assert (await system.seat(seats[0]["id"]))["status"] == "OPEN"


async def test_a_payment_for_a_booking_that_has_lost_its_seats_is_refunded(system: TicketSystem) -> None:
    event, seats = await system.create_event()
    booking = await system.book(event, seats[:1])
    await system.pay(booking["id"], "FAILED")
    await system.run_until_idle()
    newer = await system.book_and_pay(event, seats[:1])
    assert (await system.pay(booking["id"], "PAID")).json() == {"effect": "applied"}
    assert (await system.booking(booking["id"]))["refund_status"] == "PENDING"
    await system.run_until_idle()
    assert system.payment.calls_of("refund", booking["id"]) >= 1
    assert (await system.pay(booking["id"], "REFUNDED")).json() == {"effect": "applied"}
    assert (await system.booking(booking["id"]))["refund_status"] == "REFUNDED"
    assert (await system.booking(newer["id"]))["status"] == "BOOKED"
    assert (await system.seat(seats[0]["id"]))["status"] == "BOOKED"


async def test_a_webhook_about_an_unknown_or_unconfirmed_booking_is_retried(system: TicketSystem) -> None:
    event, seats = await system.create_event()
    unknown = {"number": "INV-1", "reference": str(uuid4()), "version": 3, "status": "PAID"}
    answer = await system.post_webhook("invoice.paid", unknown, webhook_id="msg_early")
    assert (answer.status_code, answer.json()["type"]) == (503, "subject-unknown")
    booking = await system.book(event, seats[:1])
    async with system.services.engine.begin() as connection:
        await connection.exec_driver_sql("UPDATE bookings SET status = 'HOLDING'")
    system.payment.set_status(booking["id"], "PAID")
    assert (await system.send_invoice_webhook(booking["id"])).status_code == 503
    assert await inbox(system) == 0
    async with system.services.engine.begin() as connection:
        await connection.exec_driver_sql("UPDATE bookings SET status = 'AWAITING_PAYMENT'")
    assert (await system.send_invoice_webhook(booking["id"])).json() == {"effect": "applied"}


async def test_a_payment_whose_webhook_was_lost_is_found_by_the_worker(system: TicketSystem) -> None:
    event, seats = await system.create_event()
    booking = await system.book(event, seats[:1])
    system.payment.set_status(booking["id"], "PAID")
    await system.make_work_due()
    await system.run_until_idle()
    assert (await system.booking(booking["id"]))["status"] == "BOOKED"
    assert (await system.send_invoice_webhook(booking["id"])).json() == {"effect": "ignored"}


HEADERS: list[tuple[str, dict[str, Any]]] = [
    ("none", {}),
    ("garbage", {"webhook-id": "msg_1", "webhook-timestamp": "now", "webhook-signature": "v1,!!!"}),
    ("not base64", {"webhook-id": "msg_1", "webhook-timestamp": "1", "webhook-signature": "v1,%%%"}),
    ("no version", {"webhook-id": "msg_1", "webhook-timestamp": "1", "webhook-signature": "abc"}),
    ("infinite", {"webhook-id": "msg_1", "webhook-timestamp": "1e999", "webhook-signature": "v1,abcd"}),
]


@pytest.mark.parametrize("headers", [headers for _, headers in HEADERS], ids=[name for name, _ in HEADERS])
async def test_an_unsigned_or_malformed_webhook_is_refused_and_changes_nothing(
    system: TicketSystem, headers: dict[str, str]
) -> None:
    event, seats = await system.create_event()
    booking = await system.book(event, seats[:1])
    body = json.dumps({"type": "invoice.paid", "data": system.payment.set_status(booking["id"], "PAID")})
    answer = await system.client.post("/webhooks/payment", content=body, headers=headers)
    assert (answer.status_code, answer.json()["type"]) == (401, "unauthenticated")
    assert (await system.booking(booking["id"]))["status"] == "AWAITING_PAYMENT"
    assert await inbox(system) == 0


async def test_a_body_that_was_changed_after_signing_is_refused(system: TicketSystem) -> None:
    body = json.dumps({"type": "invoice.paid", "data": {}})
    answer = await system.client.post(
        "/webhooks/payment", content=body + " ", headers=system.signature_headers(body, "msg_1")
    )
    assert answer.status_code == 401


async def test_a_webhook_that_is_not_text_is_refused(system: TicketSystem) -> None:
    answer = await system.client.post(
        "/webhooks/payment", content=b"\xff\xfe", headers=system.signature_headers("x", "msg_1")
    )
    assert answer.status_code == 401


@pytest.mark.parametrize("data", [{}, None, {"number": 1}, {"reference": "x", "version": 1, "status": "PAID"}])
async def test_a_signed_webhook_that_cannot_be_read_is_refused(system: TicketSystem, data: Any) -> None:
    answer = await system.post_webhook("invoice.paid", data)
    assert (answer.status_code, answer.json()["type"]) == (422, "validation-error")


@pytest.mark.parametrize(
    "changes", [{"version": 2**31}, {"number": "INV\x00"}, {"number": "x" * 2001}, {"expires_at": "2027-01-01T00:00"}]
)
async def test_a_signed_webhook_that_cannot_be_stored_is_refused(system: TicketSystem, changes: dict[str, Any]) -> None:
    event, seats = await system.create_event()
    booking = await system.book(event, seats[:1])
    answer = await system.send_invoice_webhook(booking["id"], status="PAID", **changes)
    assert (answer.status_code, answer.json()["type"]) == (422, "validation-error")
    assert await system.booking(booking["id"]) == booking


async def test_a_webhook_that_is_too_large_is_refused(system: TicketSystem) -> None:
    answer = await system.post_webhook("invoice.paid", {"padding": "x" * 70_000})
    assert (answer.status_code, answer.json()["type"]) == (413, "body-too-large")


async def test_a_signature_of_an_older_secret_still_counts_while_it_is_listed(system: TicketSystem) -> None:
    event, seats = await system.create_event()
    booking = await system.book(event, seats[:1])
    system.payment.set_status(booking["id"], "PAID")
    newer = "whsec_bmV3ZXItc2VjcmV0LW5ld2VyLXNlY3JldC0wMDAxMTE="
    current = system.settings.ticket_webhook_secret.get_secret_value()
    listed = type(system.settings.ticket_webhook_secret)(f"{newer} {current}")
    object.__setattr__(system.services.settings, "ticket_webhook_secret", listed)
    assert (await system.send_invoice_webhook(booking["id"])).json() == {"effect": "applied"}


VECTORS = json.loads((Path(__file__).parents[3] / "contracts/webhooks/signatures.json").read_text())["vectors"]


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["name"])
async def test_a_signature_is_accepted_or_refused_as_the_contract_says(
    settings: Settings, vector: dict[str, Any]
) -> None:
    """The bodies of the vectors are not webhooks of payment, so an accepted signature is answered with 422."""
    secrets = SecretStr(" ".join(vector["secrets"]))
    headers = [(name, value.encode("latin-1")) for name, value in vector["headers"].items()]
    with ticket_app(settings.model_copy(update={"ticket_webhook_secret": secrets})) as app:
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://ticket") as client,
        ):
            with time_machine.travel(vector["now"]):
                answer = await client.post("/webhooks/payment", headers=headers, content=vector["body"].encode())
    expected = {"accept": (422, "validation-error"), "refuse": (401, "unauthenticated")}[vector["expected"]]
    assert (answer.status_code, answer.json()["type"]) == expected, vector["reason"]
