"""The schemas and examples of the webhooks agree with each other."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from tests.contracts.files import EXAMPLES, SCHEMAS, WEBHOOKS, read, schema_of


def errors_of(document: dict[str, Any]) -> list[str]:
    validator = Draft202012Validator(schema_of(document["type"]), format_checker=Draft202012Validator.FORMAT_CHECKER)
    return [error.message for error in validator.iter_errors(document)]


@pytest.mark.parametrize("path", SCHEMAS, ids=lambda path: path.name)
def test_a_schema_is_itself_valid(path: Path) -> None:
    Draft202012Validator.check_schema(read(path))


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_keeps_to_its_schema(path: Path) -> None:
    assert errors_of(read(path)) == []


def test_every_webhook_type_has_an_example() -> None:
    assert {read(path)["type"] for path in EXAMPLES} == {path.name.removesuffix(".schema.json") for path in SCHEMAS}


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_every_field_of_the_data_is_required(path: Path) -> None:
    example = read(path)
    for field in example["data"]:
        short = copy.deepcopy(example)
        del short["data"][field]
        assert errors_of(short), f"{field} may be left out"


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_fields_that_are_not_known_yet_are_tolerated(path: Path) -> None:
    example = read(path)
    example["data"]["something_new"] = {"of": "tomorrow"}
    assert errors_of({**example, "also_new": 1}) == []


@pytest.mark.parametrize(
    ("example", "wrong"),
    [
        ("booking.updated.booked", {"status": "SOLD"}),
        ("booking.updated.booked", {"failure_reason": "PAYMENT_FAILED"}),
        ("booking.updated.payment-failed", {"failure_reason": None}),
        ("booking.updated.awaiting-payment", {"hold_expires_at": None}),
        ("booking.updated.promoted", {"waitlist_entry_id": None}),
        ("booking.updated.booked", {"amount": 9000.5}),
        ("booking.updated.booked", {"seats": []}),
        ("invoice.paid", {"status": "FAILED"}),
        ("invoice.paid", {"paid_at": None}),
        ("invoice.failed", {"failure_reason": None}),
        ("waitlist.updated.waiting", {"position": 0}),
        ("waitlist.updated.offered", {"booking_id": None}),
        ("batch", {"items": []}),
    ],
)
def test_a_payload_that_contradicts_itself_is_found(example: str, wrong: dict[str, Any]) -> None:
    document = read(WEBHOOKS / "examples" / f"{example}.json")
    document["data"] |= wrong
    assert errors_of(document)


def test_each_item_of_a_batch_keeps_to_the_schema_of_its_type() -> None:
    items = read(WEBHOOKS / "examples" / "batch.json")["data"]["items"]
    assert [errors_of(item) for item in items] == [[] for _ in items]


def test_a_batch_may_have_items_of_every_type() -> None:
    types = schema_of("batch")["properties"]["data"]["properties"]["items"]["items"]["properties"]["type"]["enum"]
    assert set(types) == {path.name.removesuffix(".schema.json") for path in SCHEMAS} - {"batch"}


def test_the_vectors_of_batches_have_the_limits_of_the_schema_names_of_their_own_and_reasons() -> None:
    vectors = read(WEBHOOKS / "batches.json")
    assert vectors["most_items"] == schema_of("batch")["properties"]["data"]["properties"]["items"]["maxItems"]
    listed = [*vectors["envelopes"], *vectors["answers"]]
    assert len({vector["name"] for vector in listed}) == len(listed)
    assert all(vector["reason"] for vector in listed)
