"""The problems that payment sends are those that the contract and the OpenAPI document list."""

from __future__ import annotations

import json
import pkgutil
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import payments
import pytest
from payments.http.documentation import openapi
from payments.http.problems import PROBLEM_OF_ERROR, PROBLEMS
from servicekit.errors import DomainError
from servicekit.problems import VERSION_PROBLEMS, Problem

CONTRACT = json.loads((Path(__file__).parents[3] / "contracts/problems.json").read_text())["problems"]
EXPECTED = {
    "malformed-json",
    "unauthenticated",
    "forbidden",
    "not-found",
    "method-not-allowed",
    "request-in-progress",
    "invoice-void",
    "invoice-not-voidable",
    "invoice-not-refundable",
    "payment-already-decided",
    "invoice-expired",
    "delivery-not-redeliverable",
    "body-too-large",
    "unsupported-media-type",
    "validation-error",
    "idempotency-key-reused",
    "internal-error",
    "not-ready",
}
OF_EVERY_PATH = {"method-not-allowed"}
"""A problem that belongs to no operation, so that the OpenAPI document does not list it."""


def problems_in_the_code() -> Iterator[Problem]:
    """Yields every problem that a module of the service names, alone or in a table."""
    for module in pkgutil.walk_packages(payments.__path__, "payments."):
        if not module.name.startswith("payments.migrations"):
            for value in vars(import_module(module.name)).values():
                values = value.values() if isinstance(value, dict) else [value]
                yield from (each for each in values if isinstance(each, Problem))


def test_the_service_knows_exactly_the_expected_problems() -> None:
    assert set(PROBLEMS) == EXPECTED
    assert {problem.slug for problem in problems_in_the_code()} == EXPECTED


@pytest.mark.parametrize("slug", sorted(EXPECTED))
def test_a_problem_has_the_status_and_the_title_of_the_contract(slug: str) -> None:
    expected = (CONTRACT[slug]["status"], CONTRACT[slug]["title"])
    assert (PROBLEMS[slug].status, PROBLEMS[slug].title) == expected


def test_the_openapi_document_lists_every_problem_of_an_operation() -> None:
    operations = [operation for methods in openapi()["paths"].values() for operation in methods.values()]
    descriptions = [answer["description"] for operation in operations for answer in operation["responses"].values()]
    listed = {slug for text in descriptions if "is a problem" in text for slug in re.findall("`([a-z-]+)`", text)}
    assert listed == EXPECTED - OF_EVERY_PATH


def test_every_error_of_the_domain_has_a_problem() -> None:
    # Nobody edits an invoice, so no change names the version that it is based on.
    assert set(PROBLEM_OF_ERROR) == set(DomainError.__subclasses__()) - set(VERSION_PROBLEMS)
