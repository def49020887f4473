"""How money, times and seats are written, everywhere in the dashboard."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel import Locale
from babel.core import UnknownLocaleError
from babel.dates import format_date, format_datetime, format_time, format_timedelta
from servicekit.money import format_money

from frontend.api.models import Seat

DEFAULT_ZONE = "Asia/Jakarta"
DEFAULT_LOCALE = "en"
DEFAULT_CURRENCY = "IDR"

_NON_BREAKING_SPACES = str.maketrans({"\u00a0": " ", "\u202f": " "})


def money(amount: int, currency: str | None = None) -> str:
    """`amount` minor units of a currency as every page and message shows it: 750000 IDR is Rp750.000."""
    return format_money(amount, currency or DEFAULT_CURRENCY)


def price_range(low: int | None, high: int | None, currency: str) -> str:
    """Lowest to highest price, or the one price, or nothing when unknown."""
    if low is None:
        return ""
    if high is None or high == low:
        return money(low, currency)
    return f"{money(low, currency)} – {money(high, currency)}"


class Clock:
    """Writes times in one person's zone and wording."""

    def __init__(self, zone: str | None, locale: str | None) -> None:
        self.zone = _zone(zone)
        self.locale = _locale(locale)

    def moment(self, at: datetime) -> str:
        """Day and time with the zone: Sat, 12 Dec 2026, 19:30 WIB."""
        local = at.astimezone(self.zone)
        return f"{self.day(at)}, {self._plain(format_time(local, 'short', locale=self.locale))} {self.zone_name(at)}"

    def day(self, at: datetime) -> str:
        """The day with its weekday."""
        local = at.astimezone(self.zone)
        return self._plain(format_date(local, "EEE d MMM y" if self.locale.language == "en" else "full", self.locale))

    def month(self, at: datetime) -> str:
        """Month and year."""
        return self._plain(format_date(at.astimezone(self.zone), "MMM y", self.locale))

    def short(self, at: datetime) -> str:
        """Day and time in few characters, with the zone, for tables and lists."""
        return self._written(at, "d MMM y, HH:mm")

    def precise(self, at: datetime) -> str:
        """Time with seconds and the zone, for timelines."""
        return self._written(at, "d MMM, HH:mm:ss")

    def zone_name(self, at: datetime) -> str:
        """The zone's short name at that moment; UTC+8 where it has none but a number."""
        name = at.astimezone(self.zone).tzname() or ""
        return name if name[:1].isalpha() else f"UTC{name}"

    def _written(self, at: datetime, pattern: str) -> str:
        local = at.astimezone(self.zone)
        return f"{self._plain(format_datetime(local, pattern, locale=self.locale))} {self.zone_name(at)}"

    def _plain(self, text: str) -> str:
        return text.translate(_NON_BREAKING_SPACES)


def ago(at: datetime, now: datetime | None = None) -> str:
    """How long ago, in words."""
    gone = (now or datetime.now(UTC)) - at
    if gone < timedelta(seconds=45):
        return "just now"
    return format_timedelta(-gone, add_direction=True, locale=DEFAULT_LOCALE)


def seat_name(seat: Seat) -> str:
    """A seat in one line: Stalls, row C, seat 12."""
    parts = [seat.section, f"row {seat.row}" if seat.row else "", f"seat {seat.number}"]
    return ", ".join(part for part in parts if part)


def seat_short(seat: Seat) -> str:
    """A seat in few characters: Stalls C12."""
    return f"{seat.section} {row_prefix(seat.row)}{seat.number}".strip()


def row_prefix(row: str) -> str:
    """What stands before the number of a seat: a row that ends with a digit must not run into it."""
    return f"row {row} seat " if row[-1:].isdigit() else row


def count(number: int, singular: str, plural: str | None = None) -> str:
    """A number with its noun: 1 seat, 3 seats."""
    return f"{number:,} {singular if number == 1 else plural or singular + 's'}"


def _zone(name: str | None) -> ZoneInfo:
    try:
        return ZoneInfo(name or DEFAULT_ZONE)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo(DEFAULT_ZONE)


def _locale(name: str | None) -> Locale:
    try:
        return Locale.parse((name or DEFAULT_LOCALE).replace("-", "_"))
    except (UnknownLocaleError, ValueError):
        return Locale.parse(DEFAULT_LOCALE)
