"""Notifications and the administration write moments as contracts/time.json says, in the venue's time."""

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.contrib import admin
from pydantic import TypeAdapter, ValidationError
from servicekit.times import LANGUAGE, format_moment, in_utc

from client.bookings.models import Booking
from client.bookings.time_zone import zone_of_event
from client.edge.admin.bookings import BookingAdmin
from client.notifications.texts import held, offered
from client.ticket_api.models import Event, Moment
from config.env import Environment
from tests.ticket_contract import CONTRACTS

TIME: dict[str, Any] = json.loads((CONTRACTS / "time.json").read_text(encoding="utf-8"))
IN_OUR_LANGUAGE = [vector for vector in TIME["vectors"] if vector["language"] == LANGUAGE]
MOMENT: TypeAdapter[datetime] = TypeAdapter(Moment)


def booking_of(at: str, zone: str | None) -> Booking:
    event = {"name": "Kecak", "venue": "Taman Budaya", "time_zone": zone, "starts_at": at}
    return Booking(event=event, seats=[], amount=1, currency="IDR", hold_expires_at=MOMENT.validate_python(at))


@pytest.mark.parametrize("vector", TIME["vectors"], ids=lambda vector: vector["text"])
def test_a_moment_is_written_as_the_contract_says(vector: dict[str, Any]) -> None:
    at = MOMENT.validate_python(vector["at"])
    assert format_moment(at, ZoneInfo(vector["zone"]), vector["language"]) == vector["text"]


@pytest.mark.parametrize("vector", IN_OUR_LANGUAGE, ids=lambda vector: vector["text"])
def test_a_message_says_until_when_seats_are_held_in_the_time_of_the_venue(vector: dict[str, Any]) -> None:
    booking = booking_of(vector["at"], vector["zone"])
    assert f" until {vector['text']}. Please pay" in held(booking).body
    assert f" until {vector['text']}: Kecak" in offered(booking).body


@pytest.mark.parametrize("vector", IN_OUR_LANGUAGE, ids=lambda vector: vector["text"])
def test_the_administration_shows_the_times_of_a_booking_in_the_time_of_the_venue(vector: dict[str, Any]) -> None:
    page = BookingAdmin(Booking, admin.site)
    booking = booking_of(vector["at"], vector["zone"])
    assert page.event_starts(booking) == page.held_until(booking) == vector["text"]


@pytest.mark.parametrize("zone", [None, "", "Mars/Olympus", "../etc/passwd"])
def test_a_zone_that_is_not_known_is_the_default_one(setting: Callable[..., None], zone: str | None) -> None:
    setting(default_time_zone="Asia/Makassar")
    assert zone_of_event({"time_zone": zone}).key == zone_of_event({}).key == "Asia/Makassar"
    assert Environment.model_fields["default_time_zone"].default == "Asia/Jakarta"


@pytest.mark.parametrize("zone", TIME["zones"])
def test_every_zone_of_the_contract_is_known(zone: str) -> None:
    assert zone_of_event({"time_zone": zone}).key == zone


@pytest.mark.parametrize("zone", TIME["refused_zones"])
def test_no_other_zone_is_known(zone: str) -> None:
    assert zone_of_event({"time_zone": zone}).key == Environment.model_fields["default_time_zone"].default


@pytest.mark.parametrize("vector", TIME["instants"], ids=lambda vector: vector["written"])
def test_an_instant_that_ticket_sends_is_read_as_the_contract_says(vector: dict[str, str]) -> None:
    assert in_utc(MOMENT.validate_python(vector["written"])) == vector["utc"]


@pytest.mark.parametrize("value", TIME["refused_instants"], ids=repr)
def test_anything_else_is_no_instant(value: object) -> None:
    with pytest.raises(ValidationError):
        MOMENT.validate_python(value)
    event = {"id": "c3a1de90-5b0a-4d0f-9e0b-3a9c1f7be201", "name": "Kecak", "venue": "Taman Budaya"}
    with pytest.raises(ValidationError):
        Event.model_validate({**event, "starts_at": value})
