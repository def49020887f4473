"""The two operations that receive webhooks: genuine, repeated, too early and forged ones."""

from __future__ import annotations

from typing import Any

from postman.build.dsl import Folder, Request
from postman.build.folders.steps import NOWHERE, book, choose_seats, force_holds, force_payments, pay, wait_until

HEADERS = {
    "Content-Type": "application/json",
    "webhook-id": "{{webhook_id}}",
    "webhook-timestamp": "{{webhook_time}}",
    "webhook-signature": "{{webhook_signature}}",
}

SIGN = """const cryptography = require('crypto-js');
const key = cryptography.enc.Base64.parse(pm.variables.get(secret).split(' ')[0].replace('whsec_', ''));
const time = String(Math.floor(Date.now() / 1000));
const id = fresh ? `msg_postman_${pm.variables.replaceIn('{{$guid}}')}` : pm.collectionVariables.get('webhook_id');
const text = JSON.stringify({ type, timestamp: new Date().toISOString(), data: subject });
pm.collectionVariables.set('webhook_id', id);
pm.collectionVariables.set('webhook_time', time);
pm.collectionVariables.set('webhook_body', text);
pm.collectionVariables.set('webhook_signature', 'v1,' + cryptography.enc.Base64.stringify(
  cryptography.HmacSHA256(`${id}.${time}.${text}`, key)));"""
"""Signs as Standard Webhooks define it: HMAC-SHA256 over id, time and body."""


def _signed(
    name: str,
    receiver: str,
    webhook: str,
    data: str,
    expect: int,
    description: str,
    *,
    fresh: bool = True,
    **more: Any,
) -> Request:
    """Makes a webhook with its real sender's signature; if not `fresh`, with the id of the webhook before."""
    sender = {"client": "ticket", "ticket": "payment"}[receiver]
    return Request(
        name,
        "POST",
        f"{receiver}/webhooks/{sender}",
        description,
        expect,
        auth=None,
        headers=HEADERS,
        raw="{{webhook_body}}",
        before=(
            f"const secret = '{receiver}_webhook_secret', type = '{webhook}', fresh = {str(fresh).lower()};",
            f"const subject = {data};",
            *SIGN.splitlines(),
        ),
        **more,
    )


def _forged(name: str, url: str, description: str, headers: dict[str, str]) -> Request:
    return Request(
        name,
        "POST",
        url,
        description,
        401,
        auth=None,
        headers=headers,
        body={"type": "invoice.paid", "timestamp": "2020-01-01T00:00:00Z", "data": {}},
        problem="unauthenticated",
    )


def _stored(name: str) -> str:
    return f"JSON.parse(pm.collectionVariables.get('{name}'))"


WEBHOOKS = Folder(
    "Webhooks: signed, repeated, too early, forged",
    "Ticket receives webhooks from payment, client receives webhooks from ticket. They are signed by the rules of "
    "Standard Webhooks; the scripts before the requests sign as the real sender does.",
    (
        choose_seats(1),
        force_holds("ok"),
        force_payments("ok"),
        book("Book a seat", 1, keep="webhook_booking"),
        pay(),
        wait_until("BOOKED", "webhook_booking"),
        Request(
            "Fetch its invoice",
            "GET",
            "payment/api/v1/invoices/{{invoice_number}}",
            "Payment's webhooks to ticket carry the invoice.",
            200,
            auth="payment_key",
            keep={"webhook_invoice": "JSON.stringify(body)"},
        ),
        Request(
            "Fetch the booking at ticket",
            "GET",
            "ticket/api/v1/bookings/{{webhook_booking}}",
            "Ticket's webhooks to client carry the booking.",
            200,
            auth="ticket_key",
            keep={"webhook_snapshot": "JSON.stringify(body)"},
        ),
        _signed(
            "Payment sends an invoice that ticket knows already",
            "ticket",
            "invoice.paid",
            _stored("webhook_invoice"),
            200,
            "The signature is right, the version is not newer: acknowledged, and ignored.",
            checks=("pm.expect(body.effect).to.eql('ignored')",),
        ),
        _signed(
            "The same webhook again",
            "ticket",
            "invoice.paid",
            _stored("webhook_invoice"),
            200,
            "The same `webhook-id`: its effect happens once, however often it is delivered.",
            fresh=False,
            checks=("pm.expect(body.effect).to.eql('duplicate')",),
        ),
        _signed(
            "A webhook that comes too early",
            "ticket",
            "invoice.paid",
            f"{{ ...{_stored('webhook_invoice')}, reference: '{NOWHERE}' }}",
            503,
            "Ticket does not know this booking yet and answers 503, so that payment sends the webhook again later.",
            problem="subject-unknown",
        ),
        _forged(
            "A forged webhook at ticket",
            "ticket/webhooks/payment",
            "The webhook was signed with a key that is not payment's.",
            {
                "webhook-id": "msg_forged",
                "webhook-timestamp": "{{$timestamp}}",
                "webhook-signature": "v1,Zm9yZ2VkZm9yZ2VkZm9yZ2VkZm9yZ2VkZm9yZ2VkMTI=",
            },
        ),
        _signed(
            "Ticket sends a booking that client knows already",
            "client",
            "booking.updated",
            _stored("webhook_snapshot"),
            200,
            "The signature is right, the version is not newer: acknowledged, and ignored.",
            checks=("pm.expect(body.outcome).to.eql('ignored')",),
        ),
        _signed(
            "A webhook that cannot be read",
            "client",
            "booking.updated",
            "{ id: 17 }",
            422,
            "Signed, but not a booking: the wrong fields are named.",
            problem="validation-error",
        ),
        _forged("An unsigned webhook at client", "client/webhooks/ticket", "The webhook has no signature at all.", {}),
    ),
    needs_set_up=True,
)
