"""Texts of an invoice: their lengths, the rules for one line, and the longest texts on their whole way."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from payments.services import Services
from payments.usecases.lanes import DELIVERY_LANE
from payments.usecases.settle_payment import settle_payment
from support.lanes import run_once
from support.payment_api import INVOICES, Document, PaymentApi, invoice_request, page_path
from support.webhook_receiver import WebhookReceiver

CONTRACTS = Path(__file__).parents[3] / "contracts"
CONTRACT: dict[str, Any] = json.loads((CONTRACTS / "text.json").read_text())
EMAIL: dict[str, Any] = json.loads((CONTRACTS / "email.json").read_text())
LARGEST_WEBHOOK = 64 * 1024
FIELDS = {"customer.name": "customer.name", "customer.email": "customer.email", "invoice.description": "description"}
"""The field of a request that takes each text of the contract."""


def length_of(field: str) -> int:
    return int(CONTRACT["fields"][field]["max_length"])


def with_text(field: str, text: str) -> Document:
    """Returns a request whose `field` is `text`."""
    request = invoice_request()
    if field.startswith("customer."):
        request["customer"][field.removeprefix("customer.")] = text
    else:
        request["description"] = text
    return request


def text_of(field: str, invoice: Document) -> str:
    return str(invoice["customer"][field.removeprefix("customer.")] if "." in field else invoice["description"])


async def refused_fields(api: PaymentApi, request: Document) -> list[str]:
    status, problem = await api.call("POST", INVOICES, json=request)
    assert (status, problem["type"]) == (422, "validation-error"), problem
    return [wrong["field"] for wrong in problem["errors"]]


def email_of(length: int) -> str:
    """Returns an e-mail address of `length` characters."""
    return f"{'a' * (length - len('@x.example'))}@x.example"


@pytest.mark.parametrize("field", ["customer.name", "description"])
@pytest.mark.parametrize("vector", CONTRACT["one_line"], ids=lambda vector: vector["name"])
async def test_a_one_line_text_is_stored_or_refused_as_the_contract_says(
    api: PaymentApi, field: str, vector: dict[str, str | None]
) -> None:
    request = with_text(field, vector["input"] or "")
    if vector["stored"] is None:
        assert await refused_fields(api, request) == [field]
    else:
        status, invoice = await api.call("POST", INVOICES, json=request)
        assert (status, text_of(field, invoice)) == (201, vector["stored"])


@pytest.mark.parametrize("vector", EMAIL["vectors"], ids=lambda vector: vector["name"])
async def test_an_address_is_stored_or_refused_as_the_contract_says(
    api: PaymentApi, vector: dict[str, str | None]
) -> None:
    request = with_text("customer.email", vector["input"] or "")
    if vector["stored"] is None:
        assert await refused_fields(api, request) == ["customer.email"]
    else:
        status, invoice = await api.call("POST", INVOICES, json=request)
        assert (status, text_of("customer.email", invoice)) == (201, vector["stored"])


@pytest.mark.parametrize(("name", "field"), FIELDS.items())
async def test_the_longest_text_of_the_contract_is_stored_and_a_longer_one_is_refused(
    api: PaymentApi, name: str, field: str
) -> None:
    longest = length_of(name)
    make = email_of if field == "customer.email" else lambda length: "ß" * length
    status, invoice = await api.call("POST", INVOICES, json=with_text(field, f" {make(longest)} "))
    assert (status, text_of(field, invoice)) == (201, make(longest))
    assert await refused_fields(api, with_text(field, make(longest + 1))) == [field]


LONGEST_NAME = "🎭" * length_of("customer.name")
LONGEST_DESCRIPTION = "🎫" * length_of("invoice.description")


@pytest.fixture
async def longest(api: PaymentApi) -> Document:
    """Returns an invoice whose texts are the longest possible, in characters and in bytes."""
    email = email_of(length_of("customer.email"))
    customer = {**invoice_request()["customer"], "name": LONGEST_NAME, "email": email}
    url = "http://127.0.0.1:8501/bookings?back="
    return await api.create_invoice(
        description=LONGEST_DESCRIPTION, customer=customer, return_url=url + "x" * (2000 - len(url)), amount=10**15
    )


async def test_the_payment_page_shows_the_longest_texts(api: PaymentApi, longest: Document) -> None:
    async with api.client.get(page_path(longest), headers={"accept": "text/html"}) as answer:
        page = await answer.text()
    assert answer.status == 200
    assert LONGEST_NAME in page
    assert LONGEST_DESCRIPTION in page


@pytest.mark.parametrize("outcome", ["ok", "fail"])
async def test_a_webhook_with_the_longest_texts_is_well_below_the_largest_size(
    api: PaymentApi, longest: Document, services: Services, receiver: WebhookReceiver, outcome: str
) -> None:
    await api.simulate(next_outcomes=[outcome])
    assert await api.pay(longest) == 202
    await settle_payment(services, longest["number"])
    if outcome == "ok":
        assert (await api.refund(longest))[0] == 202
    await run_once(services, DELIVERY_LANE)
    (webhook,) = receiver.received
    assert webhook.body["data"]["description"] == LONGEST_DESCRIPTION
    assert webhook.body["data"]["customer"]["name"] == LONGEST_NAME
    assert len(webhook.content) < LARGEST_WEBHOOK / 4


async def test_the_longest_texts_can_be_voided_and_listed(api: PaymentApi, longest: Document) -> None:
    status, void = await api.void(longest["reference"])
    assert (status, void["description"]) == (200, LONGEST_DESCRIPTION)
    _, listed = await api.call("GET", INVOICES)
    assert [item["description"] for item in listed["items"]] == [LONGEST_DESCRIPTION]
