"""What we sign is what the contract's vectors say a receiver accepts."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from payments.gateway.webhooks import Message, signed_headers

VECTORS = json.loads((Path(__file__).parents[3] / "contracts/webhooks/signatures.json").read_text())["vectors"]
ACCEPTED = [vector for vector in VECTORS if vector["expected"] == "accept"]


@pytest.mark.parametrize("vector", ACCEPTED, ids=lambda vector: vector["name"])
def test_our_signature_is_one_that_must_be_accepted(vector: dict[str, Any]) -> None:
    headers = vector["headers"]
    signed_at = datetime.fromtimestamp(int(headers["webhook-timestamp"]), UTC)
    message = Message(headers["webhook-id"], vector["body"])
    ours = [signed_headers(secret, message, signed_at) for secret in vector["secrets"]]
    assert any(each["webhook-signature"] in headers["webhook-signature"].split() for each in ours)
    assert all(each["webhook-timestamp"] == headers["webhook-timestamp"] for each in ours)


def test_there_are_vectors() -> None:
    assert ACCEPTED
