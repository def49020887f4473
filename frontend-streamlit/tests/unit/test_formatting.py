"""The writing of money, times and seats."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from frontend.api.models import Seat
from frontend.wording.formatting import Clock, ago, count, money, price_range, seat_name, seat_short

MONEY: dict[str, Any] = json.loads((Path(__file__).parents[3] / "contracts" / "money.json").read_text(encoding="utf-8"))
SEATS: dict[str, Any] = json.loads((Path(__file__).parents[3] / "contracts" / "seats.json").read_text(encoding="utf-8"))
EVENING = datetime(2026, 12, 12, 12, 30, tzinfo=UTC)


def test_there_is_a_vector_of_money_for_every_currency() -> None:
    assert len(MONEY["currencies"]) > 100
    assert {vector["currency"] for vector in MONEY["vectors"]} == set(MONEY["currencies"])


@pytest.mark.parametrize("vector", MONEY["vectors"] + MONEY["stored_vectors"], ids=lambda vector: vector["text"])
def test_money_is_written_as_the_contract_says(vector: dict[str, Any]) -> None:
    assert money(vector["amount"], vector["currency"]) == vector["text"]


def test_money_without_a_currency_is_in_rupiah() -> None:
    assert money(750_000, None) == "Rp750.000"


def test_a_price_range_with_one_price_is_that_price() -> None:
    assert price_range(100, 100, "IDR") == "Rp100"
    assert price_range(100, None, "IDR") == "Rp100"
    assert price_range(100, 200, "IDR") == "Rp100 – Rp200"
    assert price_range(None, None, "IDR") == ""


def test_a_moment_is_written_in_the_zone_of_the_clock() -> None:
    assert Clock("Asia/Jakarta", "en-GB").moment(EVENING) == "Sat 12 Dec 2026, 19:30 WIB"
    assert Clock("Asia/Jayapura", "en-GB").moment(EVENING) == "Sat 12 Dec 2026, 21:30 WIT"


def test_a_moment_is_written_in_the_viewers_wording() -> None:
    assert Clock("Asia/Jakarta", "id-ID").moment(EVENING) == "Sabtu, 12 Desember 2026, 19.30 WIB"
    assert Clock("Asia/Jakarta", "en-US").moment(EVENING).endswith("7:30 PM WIB")


@pytest.mark.parametrize("zone", [None, "", "Nowhere/Atall", "../etc/passwd", "/etc/localtime"])
def test_an_unknown_zone_falls_back_to_jakarta(zone: str | None) -> None:
    assert Clock(zone, None).zone.key == "Asia/Jakarta"


@pytest.mark.parametrize("language", [None, "", "xx-YY", "not a language", "en-GB-oxendict-x-y-z"])
def test_an_unknown_language_falls_back_to_english(language: str | None) -> None:
    assert Clock(None, language).day(EVENING) == "Sat 12 Dec 2026"


def test_how_long_ago_is_said_in_words() -> None:
    assert ago(EVENING, now=EVENING + timedelta(seconds=10)) == "just now"
    assert ago(EVENING, now=EVENING + timedelta(minutes=5)) == "5 minutes ago"
    assert ago(EVENING, now=EVENING + timedelta(days=2)) == "2 days ago"


@pytest.mark.parametrize("vector", SEATS["labels"] + SEATS["partly_known"], ids=lambda vector: vector["text"])
def test_a_seat_is_named_as_the_contract_says(vector: dict[str, Any]) -> None:
    assert seat_name(Seat(id="1", **vector["seat"])) == vector["text"]


def test_a_short_name_of_a_seat_keeps_it_apart_from_others() -> None:
    assert seat_short(Seat(id="1", section="Stalls", row="C", number=12)) == "Stalls C12"
    short = {seat_short(Seat(id="1", **vector["seat"])) for vector in SEATS["labels"]}
    assert len(short) == len(SEATS["labels"])


def test_numbers_go_with_the_right_noun() -> None:
    assert [count(n, "seat") for n in (0, 1, 2160)] == ["0 seats", "1 seat", "2,160 seats"]
    assert count(2, "entry", "entries") == "2 entries"
