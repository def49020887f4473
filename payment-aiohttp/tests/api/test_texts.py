"""Texts of an invoice: how long they may be, which are of one line, and that the longest pass everywhere."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from payments.services import Services
from payments.usecases.lanes import DELIVERIES
from payments.usecases.settle_payment import settle_payment
from support.invoices import INVOICES, Document, Till, order, page_of
from support.receiver import Receiver
from support.work import do_due

CONTRACTS = Path(__file__).parents[3] / "contracts"
CONTRACT: dict[str, Any] = json.loads((CONTRACTS / "text.json").read_text())
EMAIL: dict[str, Any] = json.loads((CONTRACTS / "email.json").read_text())
LARGEST_WEBHOOK = 64 * 1024
FIELDS = {"customer.name": "customer.name", "customer.email": "customer.email", "invoice.description": "description"}
"""Which field of a request takes each text of the contract."""


def length_of(field: str) -> int:
    return int(CONTRACT["fields"][field]["max_length"])


def with_text(field: str, text: str) -> Document:
    """A request whose `field` is `text`."""
    request = order()
    if field.startswith("customer."):
        request["customer"][field.removeprefix("customer.")] = text
    else:
        request["description"] = text
    return request


def text_of(field: str, invoice: Document) -> str:
    return str(invoice["customer"][field.removeprefix("customer.")] if "." in field else invoice["description"])


async def refused_fields(till: Till, request: Document) -> list[str]:
    status, problem = await till.call("POST", INVOICES, json=request)
    assert (status, problem["type"]) == (422, "validation-error"), problem
    return [wrong["field"] for wrong in problem["errors"]]


def email_of(length: int) -> str:
    """An address of so many characters."""
    return f"{'a' * (length - len('@x.example'))}@x.example"


@pytest.mark.parametrize("field", ["customer.name", "description"])
@pytest.mark.parametrize("vector", CONTRACT["one_line"], ids=lambda vector: vector["name"])
async def test_a_text_of_one_line_is_stored_or_refused_as_the_contract_says(
    till: Till, field: str, vector: dict[str, str | None]
) -> None:
    request = with_text(field, vector["input"] or "")
    if vector["stored"] is None:
        assert await refused_fields(till, request) == [field]
    else:
        status, invoice = await till.call("POST", INVOICES, json=request)
        assert (status, text_of(field, invoice)) == (201, vector["stored"])


@pytest.mark.parametrize("vector", EMAIL["vectors"], ids=lambda vector: vector["name"])
async def test_an_address_is_stored_or_refused_as_the_contract_says(till: Till, vector: dict[str, str | None]) -> None:
    request = with_text("customer.email", vector["input"] or "")
    if vector["stored"] is None:
        assert await refused_fields(till, request) == ["customer.email"]
    else:
        status, invoice = await till.call("POST", INVOICES, json=request)
        assert (status, text_of("customer.email", invoice)) == (201, vector["stored"])


@pytest.mark.parametrize(("name", "field"), FIELDS.items())
async def test_the_longest_text_of_the_contract_is_stored_and_a_longer_one_is_refused(
    till: Till, name: str, field: str
) -> None:
    longest = length_of(name)
    make = email_of if field == "customer.email" else lambda length: "ß" * length
    status, invoice = await till.call("POST", INVOICES, json=with_text(field, f" {make(longest)} "))
    assert (status, text_of(field, invoice)) == (201, make(longest))
    assert await refused_fields(till, with_text(field, make(longest + 1))) == [field]


LONGEST_NAME = "🎭" * length_of("customer.name")
LONGEST_DESCRIPTION = "🎫" * length_of("invoice.description")


@pytest.fixture
async def longest(till: Till) -> Document:
    """An invoice whose every text is as long, and as large in bytes, as it can be."""
    email = email_of(length_of("customer.email"))
    customer = {**order()["customer"], "name": LONGEST_NAME, "email": email}
    url = "http://127.0.0.1:8501/bookings?back="
    return await till.make(
        description=LONGEST_DESCRIPTION, customer=customer, return_url=url + "x" * (2000 - len(url)), amount=10**15
    )


async def test_the_longest_texts_stand_on_the_payment_page(till: Till, longest: Document) -> None:
    async with till.client.get(page_of(longest), headers={"accept": "text/html"}) as answer:
        page = await answer.text()
    assert answer.status == 200
    assert LONGEST_NAME in page
    assert LONGEST_DESCRIPTION in page


@pytest.mark.parametrize("outcome", ["ok", "fail"])
async def test_the_longest_texts_are_told_by_webhook_well_below_its_largest_size(
    till: Till, longest: Document, services: Services, receiver: Receiver, outcome: str
) -> None:
    await till.simulate(next_outcomes=[outcome])
    assert await till.pay(longest) == 202
    await settle_payment(services, longest["number"])
    if outcome == "ok":
        assert (await till.refund(longest))[0] == 202
    await do_due(services, DELIVERIES)
    (told,) = receiver.received
    assert told.body["data"]["description"] == LONGEST_DESCRIPTION
    assert told.body["data"]["customer"]["name"] == LONGEST_NAME
    assert len(told.content) < LARGEST_WEBHOOK / 4


async def test_the_longest_texts_can_be_voided_and_listed(till: Till, longest: Document) -> None:
    status, void = await till.void(longest["reference"])
    assert (status, void["description"]) == (200, LONGEST_DESCRIPTION)
    _, listed = await till.call("GET", INVOICES)
    assert [item["description"] for item in listed["items"]] == [LONGEST_DESCRIPTION]
