"""Signing and verifying agree with contracts/webhooks/signatures.json."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import time_machine
from servicekit.signatures import SignatureError, signed_headers, verify

VECTORS: list[dict[str, Any]] = json.loads(
    (Path(__file__).parents[3] / "contracts/webhooks/signatures.json").read_text(encoding="utf-8")
)["vectors"]
ACCEPTED = [vector for vector in VECTORS if vector["expected"] == "accept"]


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["name"])
def test_a_signature_is_accepted_or_refused_as_the_contract_says(vector: dict[str, Any]) -> None:
    with time_machine.travel(vector["now"], tick=False):
        if vector["expected"] == "accept":
            assert verified(vector) == vector["headers"]["webhook-id"]
        else:
            with pytest.raises(SignatureError):
                verified(vector)


def verified(vector: dict[str, Any]) -> str:
    body = vector["body"].encode("utf-8", "surrogatepass")
    return verify(body=body, headers=vector["headers"], secrets=vector["secrets"])


@pytest.mark.parametrize("vector", ACCEPTED, ids=lambda vector: vector["name"])
def test_our_signature_is_one_that_must_be_accepted(vector: dict[str, Any]) -> None:
    headers = vector["headers"]
    signed_at = datetime.fromtimestamp(int(headers["webhook-timestamp"]), UTC)
    ours = [signed_headers(secret, headers["webhook-id"], vector["body"], signed_at) for secret in vector["secrets"]]
    assert any(each["webhook-signature"] in headers["webhook-signature"].split() for each in ours)
    assert all(each["webhook-timestamp"] == headers["webhook-timestamp"] for each in ours)


def test_there_are_vectors_of_both_kinds() -> None:
    assert {vector["expected"] for vector in VECTORS} == {"accept", "refuse"}
