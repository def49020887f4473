"""From an invoice to the webhook that tells its outcome, with a worker beside it."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
from support.invoices import Till, page_of
from support.receiver import Receiver
from support.waiting import until

SCHEMAS = Path(__file__).parents[3] / "contracts" / "webhooks"

pytestmark = pytest.mark.usefixtures("worker")


def assert_keeps_to_the_contract(receiver: Receiver) -> None:
    for each in receiver.received:
        schema = json.loads((SCHEMAS / f"{each.body['type']}.schema.json").read_text())
        checker = jsonschema.Draft202012Validator.FORMAT_CHECKER
        jsonschema.Draft202012Validator(schema, format_checker=checker).validate(each.body)


@pytest.mark.parametrize(("outcome", "status"), [("ok", "PAID"), ("fail", "FAILED")])
async def test_a_payment_ends_as_drawn_and_is_told_by_a_signed_webhook(
    till: Till, receiver: Receiver, outcome: str, status: str
) -> None:
    await till.simulate(next_outcomes=[outcome])
    invoice = await till.make()
    assert await till.pay(invoice) == 202
    await until(lambda: len(receiver.received) == 1)
    assert_keeps_to_the_contract(receiver)
    assert receiver.types == [f"invoice.{status.lower()}"]
    told = receiver.received[0].body["data"]
    assert told == await till.read(invoice)
    assert (told["status"], told["version"]) == (status, 3)
    assert told["failure_reason"] == (None if outcome == "ok" else "PAYMENT_DECLINED")
    assert await till.actions(invoice) == ["CREATE", "START_ATTEMPT", "SUCCEED" if outcome == "ok" else "FAIL"]


async def test_a_refund_is_made_once_and_told_by_its_own_webhook(till: Till, receiver: Receiver) -> None:
    invoice = await till.make()
    await till.pay(invoice)
    await until(lambda: receiver.types == ["invoice.paid"])
    status, asked = await till.refund(invoice)
    assert (status, asked["status"]) == (202, "PAID")
    assert asked["refund_requested_at"]
    status, _ = await till.refund(invoice)
    assert status in {200, 202}
    await until(lambda: receiver.types == ["invoice.paid", "invoice.refunded"])
    assert_keeps_to_the_contract(receiver)
    status, refunded = await till.refund(invoice)
    assert (status, refunded["status"]) == (200, "REFUNDED")
    steps = ["CREATE", "START_ATTEMPT", "SUCCEED", "REQUEST_REFUND", "REFUND"]
    assert await till.actions(invoice) == steps
    assert len(await till.deliveries(invoice)) == 2


async def test_the_ids_of_the_request_travel_through_job_and_webhook(till: Till, receiver: Receiver) -> None:
    invoice = await till.make()
    traceparent = f"00-{'a' * 32}-{'b' * 16}-01"
    await till.call("POST", page_of(invoice), headers={"X-Request-ID": "from-outside", "traceparent": traceparent})
    await until(lambda: bool(receiver.received))
    headers = receiver.received[0].headers
    assert (headers["x-request-id"], headers["traceparent"]) == ("from-outside", traceparent)


async def test_a_refusal_is_repeated_with_the_same_id_and_bytes(till: Till, receiver: Receiver) -> None:
    receiver.statuses = [503]
    invoice = await till.make()
    await till.pay(invoice)
    await until(lambda: len(receiver.received) == 2)
    first, second = receiver.received
    assert (first.webhook_id, first.content) == (second.webhook_id, second.content)

    async def delivered() -> bool:
        return (await till.deliveries(invoice))[0]["state"] == "DELIVERED"

    await until(delivered)
    attempts = (await till.deliveries(invoice))[0]["attempts"]
    assert [(each["number"], each["status_code"], each["error"]) for each in attempts] == [
        (1, 503, "not now"),
        (2, 204, None),
    ]
