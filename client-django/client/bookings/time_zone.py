"""The time zone in which people read the times of an event."""

from collections.abc import Mapping
from zoneinfo import ZoneInfo

from pydantic import JsonValue
from servicekit.times import zone_of

from config.env import environment


def zone_of_event(event: Mapping[str, JsonValue]) -> ZoneInfo:
    """Returns the venue's time zone from the stored `event`; DEFAULT_TIME_ZONE if ticket named none."""
    name = event.get("time_zone")
    return zone_of(name if isinstance(name, str) else None, environment().default_time_zone)
