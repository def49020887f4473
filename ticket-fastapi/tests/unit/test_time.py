"""Documents write times, and requests accept zones and instants, as contracts/time.json says."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pydantic import BaseModel, TypeAdapter, ValidationError
from pypdf import PdfReader
from servicekit.times import LANGUAGE, TimeZone, format_moment, in_utc
from ticketing.documents.content import ConfirmationDocument, DocumentBooking, DocumentEvent, DocumentSeat
from ticketing.documents.render import render_now
from ticketing.http.events import EventChanges, EventInput
from ticketing.http.models import Moment
from ticketing.integrations.gateways import Invoice, TimelineItem

TIME: dict[str, Any] = json.loads((Path(__file__).parents[3] / "contracts/time.json").read_text(encoding="utf-8"))
IN_OUR_LANGUAGE = [vector for vector in TIME["vectors"] if vector["language"] == LANGUAGE]
INSTANT = TypeAdapter(Moment)


@pytest.mark.parametrize("vector", TIME["vectors"], ids=lambda vector: vector["text"])
def test_a_moment_is_written_as_the_contract_says(vector: dict[str, Any]) -> None:
    at = INSTANT.validate_python(vector["at"])
    assert format_moment(at, ZoneInfo(vector["zone"]), vector["language"]) == vector["text"]


@pytest.mark.parametrize("vector", IN_OUR_LANGUAGE, ids=lambda vector: vector["text"])
def test_a_document_shows_the_start_and_its_own_date_in_the_time_of_the_venue(vector: dict[str, Any]) -> None:
    at = INSTANT.validate_python(vector["at"])
    booking = DocumentBooking(
        booking_id="7f1de2a4-55a0-4c39-9d6b-0a4a4f5f0001",
        buyer_name="Siti Rahmawati",
        event=DocumentEvent("Kecak", "Taman Budaya", ZoneInfo(vector["zone"]), at),
        seats=(DocumentSeat("Ring", "C", "11", 750_000),),
        amount=750_000,
        currency="IDR",
        invoice_number=None,
    )
    document = ConfirmationDocument(booking, "ticket:1", at)
    assert _text(document).count(vector["text"]) == 2
    later = replace(document, issued_at=datetime(2030, 1, 1, tzinfo=UTC))
    assert _text(later).count(vector["text"]) == 1


def _text(document: ConfirmationDocument) -> str:
    (page,) = PdfReader(BytesIO(render_now(document))).pages
    return " ".join(page.extract_text().split())


@pytest.mark.parametrize("zone", TIME["zones"])
def test_a_zone_of_the_contract_is_taken(zone: str) -> None:
    assert TypeAdapter(TimeZone).validate_python(zone) == zone


@pytest.mark.parametrize("model", [EventInput, EventChanges])
@pytest.mark.parametrize("zone", [*TIME["refused_zones"], None, 7])
def test_another_zone_is_refused_with_its_field(zone: object, model: type[BaseModel]) -> None:
    assert ("time_zone",) in _wrong_fields(model, {"time_zone": zone})


@pytest.mark.parametrize("vector", TIME["instants"], ids=lambda vector: vector["written"])
def test_an_instant_of_the_contract_is_taken(vector: dict[str, str]) -> None:
    for model, field in ((EventInput, "starts_at"), (EventChanges, "sales_open_at"), (EventInput, "sales_close_at")):
        assert (field,) not in _wrong_fields(model, {field: vector["written"]})
    assert in_utc(INSTANT.validate_python(vector["written"])) == vector["utc"]


@pytest.mark.parametrize("value", TIME["refused_instants"], ids=repr)
def test_any_other_instant_is_refused_with_its_field(value: object) -> None:
    for name in ("starts_at", "sales_open_at", "sales_close_at"):
        for model in (EventInput, EventChanges):
            assert (name,) in _wrong_fields(model, {name: value})
    assert ("at",) in _wrong_fields(TimelineItem, {"at": value})
    assert value is None or ("expires_at",) in _wrong_fields(Invoice, {"expires_at": value})


def _wrong_fields(model: type[BaseModel], body: dict[str, object]) -> set[tuple[int | str, ...]]:
    """Returns the fields that validation refuses; an unknown field makes it refuse every body."""
    with pytest.raises(ValidationError) as refused:
        model.model_validate({**body, "unknown": True})
    return {error["loc"] for error in refused.value.errors()}
