"""The receiver verifies the vectors that all receivers and senders share (contracts/webhooks/signatures.json)."""

import json
from typing import Any

import pytest
import time_machine
from servicekit.signatures import SignatureError, verify

from tests.ticket_contract import CONTRACTS

FILE = CONTRACTS / "webhooks" / "signatures.json"
if not FILE.exists():
    pytest.fail(f"{FILE} is missing", pytrace=False)
VECTORS: list[dict[str, Any]] = json.loads(FILE.read_text())["vectors"]


def test_there_are_vectors_of_both_kinds() -> None:
    assert {vector["expected"] for vector in VECTORS} == {"accept", "refuse"}


@pytest.mark.parametrize("vector", VECTORS, ids=[vector["name"] for vector in VECTORS])
def test_a_signature_is_accepted_or_refused_as_the_contract_says(vector: dict[str, Any]) -> None:
    arguments = {
        "body": vector["body"].encode("utf-8", "surrogatepass"),
        "headers": vector["headers"],
        "secrets": vector["secrets"],
    }
    with time_machine.travel(vector["now"], tick=False):
        if vector["expected"] == "accept":
            assert verify(**arguments) == vector["headers"]["webhook-id"]
        else:
            with pytest.raises(SignatureError):
                verify(**arguments)
