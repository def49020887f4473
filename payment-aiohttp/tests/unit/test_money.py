"""The payment page formats amounts, and requests accept currencies, as contracts/money.json says."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from payments.domain.invoice import Invoice, InvoiceStatus
from payments.http.inputs import Currency
from payments.http.payment_page import page_values
from pydantic import TypeAdapter, ValidationError

CONTRACT: dict[str, Any] = json.loads((Path(__file__).parents[3] / "contracts/money.json").read_text(encoding="utf-8"))
VECTORS: list[dict[str, Any]] = CONTRACT["vectors"] + CONTRACT["stored_vectors"]
NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)


def invoice_of(amount: int, currency: str) -> Invoice:
    return Invoice(
        number="INV-20261123-7K3QX9",
        reference=UUID("7f1de2a4-55a0-4c39-9d6b-0a4a4f5f0001"),
        token="token",
        version=1,
        status=InvoiceStatus.PENDING,
        amount=amount,
        currency=currency,
        description="Two seats",
        customer=None,
        return_url=None,
        time_zone=None,
        expires_at=NOW,
        failure_reason=None,
        refund_requested_at=None,
        paid_at=None,
        failed_at=None,
        voided_at=None,
        refunded_at=None,
        created_at=NOW,
        updated_at=NOW,
    )


def test_there_is_a_vector_for_every_currency() -> None:
    assert len(CONTRACT["currencies"]) > 100
    assert {vector["currency"] for vector in CONTRACT["vectors"]} == set(CONTRACT["currencies"])


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["text"])
def test_the_payment_page_shows_an_amount_as_the_contract_says(vector: dict[str, Any]) -> None:
    shown: Any = page_values(invoice_of(vector["amount"], vector["currency"]))["invoice"]
    assert shown["amount_text"] == vector["text"]


@pytest.mark.parametrize("code", CONTRACT["refused"])
def test_a_request_cannot_name_what_is_no_currency_in_use(code: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Currency).validate_python(code)


def test_a_request_can_name_every_currency_of_the_contract() -> None:
    assert TypeAdapter(list[Currency]).validate_python(list(CONTRACT["currencies"])) == list(CONTRACT["currencies"])
