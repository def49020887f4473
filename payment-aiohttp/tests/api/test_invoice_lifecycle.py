"""The life of an invoice from its creation to the webhook with its outcome, with a running worker."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
from support.payment_api import PaymentApi, page_path
from support.webhook_receiver import WebhookReceiver

from devstack.waiting import wait_until

SCHEMAS = Path(__file__).parents[3] / "contracts" / "webhooks"

pytestmark = pytest.mark.usefixtures("worker")


def assert_webhooks_match_the_contract(receiver: WebhookReceiver) -> None:
    assert receiver.received
    for each in receiver.received:
        schema = json.loads((SCHEMAS / f"{each.body['type']}.schema.json").read_text())
        checker = jsonschema.Draft202012Validator.FORMAT_CHECKER
        jsonschema.Draft202012Validator(schema, format_checker=checker).validate(each.body)


@pytest.mark.parametrize(("outcome", "status"), [("ok", "PAID"), ("fail", "FAILED")])
async def test_a_payment_is_settled_as_drawn_and_published_by_a_signed_webhook(
    api: PaymentApi, receiver: WebhookReceiver, outcome: str, status: str
) -> None:
    await api.simulate(next_outcomes=[outcome])
    invoice = await api.create_invoice()
    assert await api.pay(invoice) == 202
    await wait_until(lambda: len(receiver.received) == 1)
    assert_webhooks_match_the_contract(receiver)
    assert receiver.types == [f"invoice.{status.lower()}"]
    published = receiver.received[0].body["data"]
    assert published == await api.read_invoice(invoice)
    assert (published["status"], published["version"]) == (status, 3)
    assert published["failure_reason"] == (None if outcome == "ok" else "PAYMENT_DECLINED")
    assert await api.actions(invoice) == ["CREATE", "START_ATTEMPT", "SUCCEED" if outcome == "ok" else "FAIL"]


async def test_a_refund_is_made_once_and_published_by_its_own_webhook(
    api: PaymentApi, receiver: WebhookReceiver
) -> None:
    invoice = await api.create_invoice()
    await api.pay(invoice)
    await wait_until(lambda: receiver.types == ["invoice.paid"])
    status, requested = await api.refund(invoice)
    assert (status, requested["status"]) == (202, "PAID")
    assert requested["refund_requested_at"]
    status, _ = await api.refund(invoice)
    assert status in {200, 202}
    await wait_until(lambda: receiver.types == ["invoice.paid", "invoice.refunded"])
    assert_webhooks_match_the_contract(receiver)
    status, refunded = await api.refund(invoice)
    assert (status, refunded["status"]) == (200, "REFUNDED")
    steps = ["CREATE", "START_ATTEMPT", "SUCCEED", "REQUEST_REFUND", "REFUND"]
    assert await api.actions(invoice) == steps
    assert len(await api.deliveries(invoice)) == 2


async def test_the_ids_of_the_request_are_passed_on_by_worker_and_webhook(
    api: PaymentApi, receiver: WebhookReceiver
) -> None:
    invoice = await api.create_invoice()
    trace, span = "a" * 32, "b" * 16
    traceparent = f"00-{trace}-{span}-01"
    await api.call("POST", page_path(invoice), headers={"X-Request-ID": "from-outside", "traceparent": traceparent})
    await wait_until(lambda: bool(receiver.received))
    headers = receiver.received[0].headers
    _, its_trace, its_span, _ = headers["traceparent"].split("-")
    assert (headers["x-request-id"], its_trace) == ("from-outside", trace)
    assert its_span != span, "the webhook is a span of its own"


async def test_a_refused_webhook_is_repeated_with_the_same_id_and_body(
    api: PaymentApi, receiver: WebhookReceiver
) -> None:
    receiver.statuses = [503]
    invoice = await api.create_invoice()
    await api.pay(invoice)
    await wait_until(lambda: len(receiver.received) == 2)
    first, second = receiver.received
    assert (first.webhook_id, first.content) == (second.webhook_id, second.content)

    async def delivered() -> bool:
        return bool((await api.deliveries(invoice))[0]["state"] == "DELIVERED")

    await wait_until(delivered)
    attempts = (await api.deliveries(invoice))[0]["attempts"]
    assert [(each["number"], each["status_code"], each["error"]) for each in attempts] == [
        (1, 503, "not now"),
        (2, 204, None),
    ]
