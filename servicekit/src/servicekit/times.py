"""Time zones, instants in requests, and how a moment is written for people: the rules of contracts/time.json.

The names of time zones come from the pinned `tzdata`, so that services on different machines accept the same names.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import lru_cache
from importlib import resources
from typing import Annotated
from zoneinfo import ZoneInfo

from babel import Locale
from babel.core import UnknownLocaleError
from babel.dates import format_date, format_datetime, format_time
from pydantic import AfterValidator, AwareDatetime, BeforeValidator

LANGUAGE = "en-GB"
"""The language of the texts that services write: PDFs, messages, mails."""
_NO_PLACE = frozenset({"Factory"})
TIME_ZONES = frozenset(resources.files("tzdata").joinpath("zones").read_text("utf-8").split()) - _NO_PLACE
"""Every IANA name that is accepted."""

_RFC_3339 = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T(?:[01][0-9]|2[0-3]):[0-9]{2}:[0-9]{2}(?:\.[0-9]+)?"
    r"(?:Z|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])",
    re.ASCII | re.IGNORECASE,
)
_SPACES = str.maketrans({"\u00a0": " ", "\u202f": " "})


def require_time_zone(name: str) -> str:
    """Returns `name` if it is an accepted time zone; otherwise raises ValueError with a message for the caller."""
    if name not in TIME_ZONES:
        raise ValueError("must be the name of a time zone, such as Asia/Jakarta")
    return name


def require_instant(value: object) -> datetime:
    """Returns the moment of an RFC 3339 date-time with an offset; raises ValueError for any other value.

    A datetime is returned unchanged.
    """
    if isinstance(value, datetime):
        return value
    if not isinstance(value, str) or not _RFC_3339.fullmatch(value):
        raise ValueError("must be a date and time of RFC 3339 with an offset, such as 2027-01-08T19:15:00Z")
    return datetime.fromisoformat(value.upper())


TimeZone = Annotated[str, AfterValidator(require_time_zone)]
Instant = Annotated[AwareDatetime, BeforeValidator(require_instant)]


def zone_of(name: str | None, default: str) -> ZoneInfo:
    """Returns the time zone `name`, or `default` if the name is missing or not accepted."""
    return ZoneInfo(name if name in TIME_ZONES else default)


def format_moment(at: datetime, zone: ZoneInfo, language: str = LANGUAGE) -> str:
    """Returns day, clock time and zone, such as Fri 8 Jan 2027, 20:15 CET; in `LANGUAGE` if `language` is unknown."""
    locale = _locale(language)
    clock_time = format_time(at.astimezone(zone), "short", locale=locale).translate(_SPACES)
    return f"{format_day(at, zone, language)}, {clock_time} {zone_name(at, zone)}"


def format_day(at: datetime, zone: ZoneInfo, language: str = LANGUAGE) -> str:
    """Returns the day in `zone`, with its weekday."""
    locale = _locale(language)
    pattern = "EEE d MMM y" if locale.language == "en" else "full"
    return format_date(at.astimezone(zone), pattern, locale).translate(_SPACES)


def format_pattern(at: datetime, zone: ZoneInfo, pattern: str, language: str = LANGUAGE) -> str:
    """Returns day and clock time in `zone`, without its name; `pattern` is one of CLDR, such as `d MMM y, HH:mm`."""
    return format_datetime(at.astimezone(zone), pattern, locale=_locale(language)).translate(_SPACES)


def zone_name(at: datetime, zone: ZoneInfo) -> str:
    """Returns the short name of `zone` at that moment, such as CEST; UTC+05:45 for a zone without a name."""
    local = at.astimezone(zone)
    name = local.tzname() or ""
    if name[:1].isalpha():
        return name
    offset = f"{local:%z}"
    return f"UTC{offset[:3]}:{offset[3:5]}"


def in_utc(at: datetime) -> str:
    """Returns the instant as the contracts write it: RFC 3339 in UTC."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


@lru_cache(maxsize=64)
def _locale(language: str) -> Locale:
    try:
        return Locale.parse(language.replace("-", "_"))
    except (UnknownLocaleError, ValueError):
        return Locale.parse(LANGUAGE.replace("-", "_"))
