"""The signature vectors agree with the `standardwebhooks` library, but where its receiver is known to fall short."""

from __future__ import annotations

import binascii
from typing import Any

import pytest
import time_machine
from standardwebhooks import Webhook, WebhookVerificationError

from tests.contracts.files import WEBHOOKS, read

DOCUMENT = read(WEBHOOKS / "signatures.json")
VECTORS: list[dict[str, Any]] = DOCUMENT["vectors"]
STRICTER = {"timestamp-with-a-fraction"}
"""The library signs the floor of a timestamp, whatever its text."""
MORE_PATIENT = {"malformed-signature-before-a-good-one", "signature-not-base64-before-a-good-one"}
"""The library gives up at the first signature that it cannot read."""


def verdict_of_the_library(vector: dict[str, Any]) -> str:
    for secret in vector["secrets"]:
        try:
            Webhook(secret).verify(vector["body"], vector["headers"])
        # The library lets these through on malformed headers; a receiver has to catch them.
        except (WebhookVerificationError, ValueError, binascii.Error):
            continue
        return "accept"
    return "refuse"


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["name"])
def test_the_library_comes_to_the_expected_verdict(vector: dict[str, Any]) -> None:
    with time_machine.travel(vector["now"], tick=False):
        agrees = verdict_of_the_library(vector) == vector["expected"]
    assert agrees is (vector["name"] not in STRICTER | MORE_PATIENT), vector["reason"]


def test_every_vector_has_a_name_of_its_own_and_a_reason() -> None:
    assert len(VECTORS) > 20
    assert {vector["expected"] for vector in VECTORS} == {"accept", "refuse"}
    assert len({vector["name"] for vector in VECTORS}) == len(VECTORS)
    assert all(vector["reason"] for vector in VECTORS)


def test_headers_can_be_sent_as_latin_1() -> None:
    for vector in VECTORS:
        for value in vector["headers"].values():
            value.encode("latin-1")
