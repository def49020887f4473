"""Webhooks that come twice, in the wrong order, or from somebody else."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import httpx
import pytest
from standardwebhooks import Webhook

from devstack.deadlines import stretched
from tests.support.client_api import Booking, ClientApi
from tests.support.http import NO_TLS
from tests.support.waiting import until
from tests.support.world import World


def send(url: str, secret: str, body: bytes, *, id: str | None = None, tampered: bytes | None = None) -> httpx.Response:
    message_id, now = id or f"msg_{uuid4().hex}", datetime.now(UTC)
    headers = {
        "webhook-id": message_id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(secret.split(maxsplit=1)[0]).sign(message_id, now, body.decode()),
        "content-type": "application/json",
    }
    content = tampered or body
    return httpx.post(url, content=content, headers=headers, timeout=stretched(10), trust_env=False, verify=NO_TLS)


def to_ticket(world: World, invoice: dict[str, Any], type: str, **more: Any) -> httpx.Response:
    environment = world.stack.environment
    body = json.dumps({"type": type, "timestamp": datetime.now(UTC).isoformat(), "data": invoice}).encode()
    return send(f"{environment.ticket_url}/webhooks/payment", environment.ticket_webhook_secret, body, **more)


def to_client(world: World, booking: dict[str, Any], **more: Any) -> httpx.Response:
    environment = world.stack.environment
    body = json.dumps({"type": "booking.updated", "timestamp": datetime.now(UTC).isoformat(), "data": booking}).encode()
    return send(f"{environment.client_url}/webhooks/ticket", environment.client_webhook_secret, body, **more)


@pytest.fixture
def buyer(world: World) -> ClientApi:
    return world.buyer()


@pytest.fixture
def paid(world: World, buyer: ClientApi) -> Booking:
    return world.book_and_pay(buyer)


def paid_invoice(world: World, booking: Booking) -> dict[str, Any]:
    invoice = world.payment.invoice_of(booking.id)
    assert invoice is not None
    return invoice


def test_a_webhook_that_comes_again_changes_nothing(world: World, buyer: ClientApi, paid: Booking) -> None:
    invoice = paid_invoice(world, paid)
    before = world.ticket.booking(paid.id)
    for _ in range(3):
        assert to_ticket(world, invoice, "invoice.paid", id="msg_the_same").is_success
    assert to_ticket(world, invoice, "invoice.paid").is_success
    assert world.ticket.booking(paid.id)["version"] == before["version"]
    assert len([note for note in buyer.notifications() if note["booking_id"] == paid.id]) <= 2


def test_a_late_failure_does_not_undo_a_paid_booking(world: World, paid: Booking) -> None:
    stale = {
        **paid_invoice(world, paid),
        "version": 1,
        "status": "FAILED",
        "paid_at": None,
        "failed_at": datetime.now(UTC).isoformat(),
        "failure_reason": "late",
    }
    assert to_ticket(world, stale, "invoice.failed").is_success
    assert world.ticket.booking(paid.id)["status"] == "BOOKED"
    assert world.seat_status() == "BOOKED"


def test_client_ignores_an_older_word_about_a_booking(world: World, buyer: ClientApi, paid: Booking) -> None:
    old = {**world.ticket.booking(paid.id), "version": 1, "status": "HOLDING"}
    assert to_client(world, old).is_success
    assert buyer.booking(paid.id).status == "BOOKED"


def test_a_webhook_about_something_unknown_so_far_is_asked_for_again(world: World, paid: Booking) -> None:
    unknown = {**paid_invoice(world, paid), "reference": str(uuid4()), "number": "INV-unknown"}
    assert to_ticket(world, unknown, "invoice.paid").status_code == 503


def test_webhooks_that_nobody_signed_are_refused(world: World, paid: Booking) -> None:
    environment = world.stack.environment
    body = json.dumps({"type": "invoice.failed", "data": paid_invoice(world, paid)}).encode()
    for url in (f"{environment.ticket_url}/webhooks/payment", f"{environment.client_url}/webhooks/ticket"):
        unsigned = httpx.post(url, content=body, timeout=stretched(10), trust_env=False)
        tampered = send(url, environment.ticket_webhook_secret, body, tampered=body.replace(b"invoice", b"INVOICE"))
        assert (unsigned.status_code, tampered.status_code) == (401, 401)
        assert unsigned.headers["content-type"].startswith("application/problem+json")


def test_a_webhook_lost_on_its_way_is_made_up_for_by_asking(world: World, buyer: ClientApi) -> None:
    booking = world.book(buyer)
    with world.stack.processes.stopped("payment-worker"):
        world.pay(booking)
    world.await_status(buyer, booking.id, "BOOKED", seconds=40)


def test_webhooks_wait_for_a_receiver_that_is_down(world: World, buyer: ClientApi) -> None:
    booking = world.book(buyer)
    with world.stack.processes.stopped("client"):
        world.pay(booking)
        until(
            lambda: world.ticket.booking(booking.id)["status"],
            lambda status: status == "BOOKED",
            what="ticket knows of the payment",
        )
    until(
        lambda: buyer.booking(booking.id).status,
        lambda status: status == "BOOKED",
        what="client has caught up",
        seconds=60,
        ignore=(httpx.TransportError,),
    )
