"""Documents write amounts, and requests accept currencies, as contracts/money.json says."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pydantic import TypeAdapter, ValidationError
from ticketing.documents.content import (
    DocumentBooking,
    DocumentEvent,
    DocumentSeat,
    MoneyOutcome,
    NoticeDocument,
    NoticeReason,
)
from ticketing.documents.notice import money_words
from ticketing.http.models import Currency

CONTRACT: dict[str, Any] = json.loads((Path(__file__).parents[3] / "contracts/money.json").read_text(encoding="utf-8"))
VECTORS: list[dict[str, Any]] = CONTRACT["vectors"] + CONTRACT["stored_vectors"]
EVENING = datetime(2026, 12, 19, 19, 30, tzinfo=UTC)
BOOKING = DocumentBooking(
    booking_id="7f1de2a4-55a0-4c39-9d6b-0a4a4f5f0001",
    buyer_name="Siti Rahmawati",
    event=DocumentEvent("Malam Gamelan", "Gedung Kesenian Jakarta", ZoneInfo("Asia/Jakarta"), EVENING),
    seats=(DocumentSeat("Festival A", "C", "11", 750_000),),
    amount=750_000,
    currency="IDR",
    invoice_number=None,
)


def test_there_is_a_vector_for_every_currency() -> None:
    assert len(CONTRACT["currencies"]) > 100
    assert {vector["currency"] for vector in CONTRACT["vectors"]} == set(CONTRACT["currencies"])


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["text"])
def test_a_notice_writes_an_amount_as_the_contract_says(vector: dict[str, Any]) -> None:
    booking = replace(BOOKING, amount=vector["amount"], currency=vector["currency"])
    notice = NoticeDocument(booking, NoticeReason.PAYMENT_FAILED, MoneyOutcome.REFUNDED, EVENING)
    assert money_words(notice) == f"You paid {vector['text']}. All of it has been sent back to you."


@pytest.mark.parametrize("code", CONTRACT["refused"])
def test_a_request_with_an_unknown_currency_is_refused(code: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Currency).validate_python(code)


def test_a_request_can_name_every_currency_of_the_contract() -> None:
    assert TypeAdapter(list[Currency]).validate_python(list(CONTRACT["currencies"])) == list(CONTRACT["currencies"])
