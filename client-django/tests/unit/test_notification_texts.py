"""How money and seats are written in notifications."""

import json
from typing import Any

import pytest

from client.bookings.models import Booking
from client.domain.seat import seat_label
from client.notifications.texts import held, offered, refunded
from tests.ticket_contract import CONTRACTS

MONEY: dict[str, Any] = json.loads((CONTRACTS / "money.json").read_text(encoding="utf-8"))
SEATS: dict[str, Any] = json.loads((CONTRACTS / "seats.json").read_text(encoding="utf-8"))


def test_there_is_a_vector_of_money_for_every_currency() -> None:
    assert len(MONEY["currencies"]) > 100
    assert {vector["currency"] for vector in MONEY["vectors"]} == set(MONEY["currencies"])


@pytest.mark.parametrize("vector", MONEY["vectors"] + MONEY["stored_vectors"], ids=lambda vector: vector["text"])
def test_a_message_writes_an_amount_as_the_contract_says(vector: dict[str, Any]) -> None:
    booking = Booking(event={"name": "Malam Gamelan"}, seats=[], amount=vector["amount"], currency=vector["currency"])
    assert refunded(booking).body.startswith(f"{vector['text']} for Malam Gamelan ")
    assert f"Please pay {vector['text']}: " in held(booking).body
    assert f"is yours if you pay {vector['text']}: " in offered(booking).body


@pytest.mark.parametrize("vector", SEATS["labels"] + SEATS["partly_known"], ids=lambda vector: vector["text"])
def test_a_message_names_a_seat_as_the_contract_says(vector: dict[str, Any]) -> None:
    booking = Booking(event={"name": "Malam Gamelan"}, seats=[vector["seat"]], amount=1, currency="IDR")
    assert f"Malam Gamelan ({vector['text']})" in held(booking).body


def test_a_seat_of_which_nothing_is_known_is_a_seat() -> None:
    assert seat_label({"id": "x"}) == "a seat"


def test_several_seats_are_told_one_after_the_other() -> None:
    booking = Booking(event={"name": "E"}, seats=[vector["seat"] for vector in SEATS["labels"][:2]], amount=1)
    assert "E (Balkon, row A, seat 7; Parkett, row 1, seat 11)" in held(booking).body
