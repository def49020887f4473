"""Writes money, times and seats, for the whole dashboard."""

import math
from datetime import UTC, datetime, timedelta

from babel.dates import format_timedelta
from servicekit.money import format_money
from servicekit.times import LANGUAGE, format_day, format_moment, format_pattern, zone_name, zone_of

from frontend.api.models import PlacedSeat

DEFAULT_ZONE = "Asia/Jakarta"
DEFAULT_CURRENCY = "IDR"
LONGEST_IN_SECONDS = 90


def money(amount: int, currency: str | None = None) -> str:
    """Writes `amount` minor units of a currency: 750000 IDR is Rp750.000."""
    return format_money(amount, currency or DEFAULT_CURRENCY)


def price_range(low: int | None, high: int | None, currency: str) -> str:
    """Writes the lowest and highest price, or the one price, or nothing if it is unknown."""
    if low is None:
        return ""
    if high is None or high == low:
        return money(low, currency)
    return f"{money(low, currency)} – {money(high, currency)}"


class Clock:
    """Writes times in one zone (a venue's or the viewer's) and one person's language."""

    def __init__(self, zone: str | None, language: str | None) -> None:
        self.zone = zone_of(zone, DEFAULT_ZONE)
        self._language = language or LANGUAGE

    def moment(self, at: datetime) -> str:
        """Writes day and time with the zone: Sat 12 Dec 2026, 19:30 WIB."""
        return format_moment(at, self.zone, self._language)

    def day(self, at: datetime) -> str:
        """Writes the day with its weekday."""
        return format_day(at, self.zone, self._language)

    def month(self, at: datetime) -> str:
        """Writes month and year."""
        return format_pattern(at, self.zone, "MMM y", self._language)

    def short(self, at: datetime) -> str:
        """Writes day and time in few characters, with the zone, for tables and lists."""
        return f"{format_pattern(at, self.zone, 'd MMM y, HH:mm', self._language)} {zone_name(at, self.zone)}"

    def precise(self, at: datetime) -> str:
        """Writes the time with seconds and the zone, for timelines."""
        return f"{format_pattern(at, self.zone, 'd MMM, HH:mm:ss', self._language)} {zone_name(at, self.zone)}"


def ago(at: datetime, now: datetime | None = None) -> str:
    """Writes in words how long ago a moment was."""
    gone = (now or datetime.now(UTC)) - at
    if gone < timedelta(seconds=45):
        return "just now"
    return format_timedelta(-gone, add_direction=True, locale="en")


def seat_name(seat: PlacedSeat) -> str:
    """Writes a seat in one line: Stalls, row C, seat 12."""
    parts = [seat.section, f"row {seat.row}" if seat.row else "", f"seat {seat.number}"]
    return ", ".join(part for part in parts if part)


def seat_short(seat: PlacedSeat) -> str:
    """Writes a seat in few characters: Stalls C12."""
    return f"{seat.section} {row_prefix(seat.row)}{seat.number}".strip()


def row_prefix(row: str) -> str:
    """Returns what precedes the number of a seat: a row that ends with a digit must not run into the number."""
    return f"row {row} seat " if row[-1:].isdigit() else row


def duration(seconds: int) -> str:
    """Returns a length of time, rounded up: `50 seconds`, `4 minutes`."""
    if seconds <= LONGEST_IN_SECONDS:
        return count(seconds, "second")
    return count(math.ceil(seconds / 60), "minute")


def count(number: int, singular: str, plural: str | None = None) -> str:
    """Writes a number with its noun: 1 seat, 3 seats."""
    return f"{number:,} {singular if number == 1 else plural or singular + 's'}"
