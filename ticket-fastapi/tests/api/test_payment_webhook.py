"""What payment tells takes its effect once, in any order, and only if it is signed (DESIGN section 5)."""

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
from support.stage import Stage
from ticketing.db.tables import audit_entries, webhook_inbox
from ticketing.domain.booking import FailureReason
from ticketing.http.app import create_app
from ticketing.settings import Settings


async def inbox(stage: Stage) -> int:
    async with stage.services.engine.connect() as connection:
        count = await connection.execute(sa.select(sa.func.count()).select_from(webhook_inbox))
        return int(count.scalar_one())


async def times_done(stage: Stage, booking_id: str, action: str) -> int:
    query = sa.select(sa.func.count()).where(audit_entries.c.subject_id == booking_id, audit_entries.c.action == action)
    async with stage.services.engine.connect() as connection:
        return int((await connection.execute(query)).scalar_one())


async def test_a_failed_payment_ends_the_booking_and_opens_its_seats(stage: Stage) -> None:
    event, some = await stage.event()
    booking = await stage.book(event, some[:2])
    assert (await stage.pay(booking["id"], "FAILED")).json() == {"effect": "applied"}
    await stage.settle()
    ended = await stage.booking(booking["id"])
    assert (ended["status"], ended["failure_reason"]) == ("FAILED", FailureReason.PAYMENT_FAILED)
    assert ended["document"]["kind"] == "NOTICE"
    assert {(await stage.seat(seat["id"]))["status"] for seat in some} == {"OPEN"}
    assert await stage.hold(event, booking["id"]) == "RELEASED"


async def test_the_same_webhook_many_times_at_once_has_one_effect(stage: Stage) -> None:
    event, some = await stage.event()
    booking = await stage.book(event, some[:1])
    invoice = stage.payment.decide(booking["id"], "PAID")
    answers = await asyncio.gather(*(stage.webhook("invoice.paid", invoice, webhook_id="msg_1") for _ in range(8)))
    assert Counter(answer.json()["effect"] for answer in answers) == {"applied": 1, "duplicate": 7}
    # The same news under another id is as old as before.
    assert (await stage.tell(booking["id"])).json() == {"effect": "ignored"}
    assert await times_done(stage, booking["id"], "PAY") == 1


async def test_news_that_come_in_the_wrong_order_end_where_the_newest_says(stage: Stage) -> None:
    event, some = await stage.event()
    booking = await stage.book(event, some[:1])
    paid = dict(stage.payment.decide(booking["id"], "PAID"))
    stage.payment.decide(booking["id"], "REFUNDED")
    assert (await stage.tell(booking["id"])).json() == {"effect": "applied"}
    assert (await stage.webhook("invoice.paid", paid)).json() == {"effect": "ignored"}
    await stage.settle()
    ended = await stage.booking(booking["id"])
    assert (ended["status"], ended["cancel_reason"], ended["refund_status"]) == ("CANCELLED", "STAFF", "REFUNDED")
    assert (await stage.seat(some[0]["id"]))["status"] == "OPEN"


async def test_older_news_than_what_is_known_is_ignored_whatever_it_says(stage: Stage) -> None:
    event, some = await stage.event()
    booking = await stage.book(event, some[:1])
    assert (await stage.pay(booking["id"], "FAILED")).json() == {"effect": "applied"}
    older = {**stage.payment.invoices[booking["id"]], "status": "PAID", "version": 1}
    assert (await stage.webhook("invoice.paid", older)).json() == {"effect": "ignored"}
    assert (await stage.booking(booking["id"]))["refund_status"] is None


async def test_a_sold_booking_that_is_refunded_at_payment_is_cancelled_by_staff(stage: Stage) -> None:
    event, some = await stage.event()
    booking = await stage.booked(event, some[:1])
    await stage.pay(booking["id"], "REFUNDED")
    await stage.settle()
    ended = await stage.booking(booking["id"])
    assert (ended["status"], ended["cancel_reason"], ended["refund_status"]) == ("CANCELLED", "STAFF", "REFUNDED")
    assert (await stage.seat(some[0]["id"]))["status"] == "OPEN"


async def test_a_payment_for_a_booking_that_has_lost_its_seats_is_refunded(stage: Stage) -> None:
    event, some = await stage.event()
    booking = await stage.book(event, some[:1])
    await stage.pay(booking["id"], "FAILED")
    await stage.settle()
    newer = await stage.booked(event, some[:1])
    assert (await stage.pay(booking["id"], "PAID")).json() == {"effect": "applied"}
    assert (await stage.booking(booking["id"]))["refund_status"] == "PENDING"
    await stage.settle()
    assert stage.payment.calls_of("refund", booking["id"]) >= 1
    assert (await stage.pay(booking["id"], "REFUNDED")).json() == {"effect": "applied"}
    assert (await stage.booking(booking["id"]))["refund_status"] == "REFUNDED"
    assert (await stage.booking(newer["id"]))["status"] == "BOOKED"
    assert (await stage.seat(some[0]["id"]))["status"] == "BOOKED"


async def test_news_of_a_booking_that_is_not_there_yet_are_to_come_again(stage: Stage) -> None:
    event, some = await stage.event()
    unknown = {"number": "INV-1", "reference": str(uuid4()), "version": 3, "status": "PAID"}
    answer = await stage.webhook("invoice.paid", unknown, webhook_id="msg_early")
    assert (answer.status_code, answer.json()["type"]) == (503, "subject-unknown")
    booking = await stage.book(event, some[:1])
    async with stage.services.engine.begin() as connection:
        await connection.exec_driver_sql("UPDATE bookings SET status = 'HOLDING'")
    stage.payment.decide(booking["id"], "PAID")
    assert (await stage.tell(booking["id"])).status_code == 503
    assert await inbox(stage) == 0
    async with stage.services.engine.begin() as connection:
        await connection.exec_driver_sql("UPDATE bookings SET status = 'AWAITING_PAYMENT'")
    assert (await stage.tell(booking["id"])).json() == {"effect": "applied"}


async def test_a_payment_whose_webhook_was_lost_is_found_by_asking(stage: Stage) -> None:
    event, some = await stage.event()
    booking = await stage.book(event, some[:1])
    stage.payment.decide(booking["id"], "PAID")
    await stage.hurry()
    await stage.settle()
    assert (await stage.booking(booking["id"]))["status"] == "BOOKED"
    assert (await stage.tell(booking["id"])).json() == {"effect": "ignored"}


HEADERS: list[tuple[str, dict[str, Any]]] = [
    ("none", {}),
    ("garbage", {"webhook-id": "msg_1", "webhook-timestamp": "now", "webhook-signature": "v1,!!!"}),
    ("not base64", {"webhook-id": "msg_1", "webhook-timestamp": "1", "webhook-signature": "v1,%%%"}),
    ("no version", {"webhook-id": "msg_1", "webhook-timestamp": "1", "webhook-signature": "abc"}),
    ("infinite", {"webhook-id": "msg_1", "webhook-timestamp": "1e999", "webhook-signature": "v1,abcd"}),
]


@pytest.mark.parametrize("headers", [headers for _, headers in HEADERS], ids=[name for name, _ in HEADERS])
async def test_an_unsigned_or_malformed_webhook_is_refused_and_changes_nothing(
    stage: Stage, headers: dict[str, str]
) -> None:
    event, some = await stage.event()
    booking = await stage.book(event, some[:1])
    body = json.dumps({"type": "invoice.paid", "data": stage.payment.decide(booking["id"], "PAID")})
    answer = await stage.client.post("/webhooks/payment", content=body, headers=headers)
    assert (answer.status_code, answer.json()["type"]) == (401, "unauthenticated")
    assert (await stage.booking(booking["id"]))["status"] == "AWAITING_PAYMENT"
    assert await inbox(stage) == 0


async def test_a_body_that_was_changed_after_signing_is_refused(stage: Stage) -> None:
    body = json.dumps({"type": "invoice.paid", "data": {}})
    answer = await stage.client.post("/webhooks/payment", content=body + " ", headers=stage.signed(body, "msg_1"))
    assert answer.status_code == 401


async def test_bytes_that_are_no_text_are_refused(stage: Stage) -> None:
    answer = await stage.client.post("/webhooks/payment", content=b"\xff\xfe", headers=stage.signed("x", "msg_1"))
    assert answer.status_code == 401


@pytest.mark.parametrize("data", [{}, None, {"number": 1}, {"reference": "x", "version": 1, "status": "PAID"}])
async def test_a_signed_webhook_that_cannot_be_read_is_refused(stage: Stage, data: Any) -> None:
    answer = await stage.webhook("invoice.paid", data)
    assert (answer.status_code, answer.json()["type"]) == (422, "validation-error")


@pytest.mark.parametrize(
    "changes", [{"version": 2**31}, {"number": "INV\x00"}, {"number": "x" * 2001}, {"expires_at": "2027-01-01T00:00"}]
)
async def test_a_signed_webhook_that_cannot_be_stored_is_refused(stage: Stage, changes: dict[str, Any]) -> None:
    event, some = await stage.event()
    booking = await stage.book(event, some[:1])
    answer = await stage.tell(booking["id"], status="PAID", **changes)
    assert (answer.status_code, answer.json()["type"]) == (422, "validation-error")
    assert await stage.booking(booking["id"]) == booking


async def test_a_webhook_that_is_too_large_is_refused(stage: Stage) -> None:
    answer = await stage.webhook("invoice.paid", {"padding": "x" * 70_000})
    assert (answer.status_code, answer.json()["type"]) == (413, "body-too-large")


async def test_a_signature_of_an_older_secret_still_counts_while_it_is_listed(stage: Stage) -> None:
    event, some = await stage.event()
    booking = await stage.book(event, some[:1])
    stage.payment.decide(booking["id"], "PAID")
    newer = "whsec_bmV3ZXItc2VjcmV0LW5ld2VyLXNlY3JldC0wMDAxMTE="
    current = stage.settings.ticket_webhook_secret.get_secret_value()
    listed = type(stage.settings.ticket_webhook_secret)(f"{newer} {current}")
    object.__setattr__(stage.services.settings, "ticket_webhook_secret", listed)
    assert (await stage.tell(booking["id"])).json() == {"effect": "applied"}


VECTORS = json.loads((Path(__file__).parents[3] / "contracts/webhooks/signatures.json").read_text())["vectors"]


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["name"])
async def test_a_signature_is_accepted_or_refused_as_the_contract_says(
    settings: Settings, vector: dict[str, Any]
) -> None:
    """What is signed in the vectors is no webhook of payment, so that an accepted one is answered 422."""
    secrets = SecretStr(" ".join(vector["secrets"]))
    app = create_app(settings.model_copy(update={"ticket_webhook_secret": secrets}))
    headers = [(name, value.encode("latin-1")) for name, value in vector["headers"].items()]
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://ticket") as client,
    ):
        with time_machine.travel(vector["now"]):
            answer = await client.post("/webhooks/payment", headers=headers, content=vector["body"].encode())
    expected = {"accept": (422, "validation-error"), "refuse": (401, "unauthenticated")}[vector["expected"]]
    assert (answer.status_code, answer.json()["type"]) == expected, vector["reason"]
