"""Times that a person enters as a day and a clock time of one zone, also on days on which clocks change."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo


class WrongTimeError(ValueError):
    """The entered time names no moment, or two; the message tells the person what to do."""


def occurrences(wall: datetime, zone: ZoneInfo) -> list[datetime]:
    """Returns the moments (UTC) at which clocks of `zone` show `wall`: none if they skip it, two if they repeat it."""
    both = {wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1)}
    return sorted(at for at in both if at.astimezone(zone).replace(tzinfo=None) == wall)


def on_the_clock(at: datetime, zone: ZoneInfo) -> datetime:
    """Returns what a form shows of a moment: day and clock time in `zone`, to the minute."""
    return _local(at, zone).replace(second=0, microsecond=0)


def which_occurrence(at: datetime, zone: ZoneInfo) -> int:
    """Returns 0 if the moment's clock time comes first or only once, 1 if it is the repetition."""
    return at.astimezone(zone).fold


def with_clock_time_of(at: datetime, zone: ZoneInfo, other: ZoneInfo) -> datetime:
    """Returns the moment at which clocks of `other` show what clocks of `zone` show at `at`; `at` itself for the same
    zone.
    """
    return at if zone.key == other.key else at.astimezone(zone).replace(tzinfo=other).astimezone(UTC)


def entered_moment(shown: datetime, day: date, clock_time: time, which: int | None, zone: ZoneInfo) -> datetime:
    """Returns the moment that a form means if it showed the moment `shown` and now holds `day` and `clock_time`.

    What was not edited keeps its meaning: the moment with its seconds, or the seconds if only the day is new. `which`
    selects between two moments of a repeated clock time: 0 for the first, 1 for the second, None if nobody has said
    yet. Raises WrongTimeError if clocks skip the time, or repeat it and `which` is None.
    """
    wall = datetime.combine(day, clock_time)
    before = _local(shown, zone)
    if wall == on_the_clock(shown, zone) and which in (None, which_occurrence(shown, zone)):
        return shown
    if clock_time == on_the_clock(shown, zone).time():
        wall = datetime.combine(day, before.time())
    found = occurrences(wall, zone)
    if not found:
        raise WrongTimeError(
            f"{clock_time:%H:%M} does not exist on {_day(day)}: clocks in {zone.key} go forward then. "
            "Please choose another time."
        )
    if len(found) == 1:
        return found[0]
    if which is None:
        raise WrongTimeError(
            f"{clock_time:%H:%M} comes twice on {_day(day)}, because clocks in {zone.key} go back. "
            "Please choose which of the two you mean."
        )
    return found[which]


def occurrence_label(at: datetime, zone: ZoneInfo) -> str:
    """Returns words that tell a repeated clock time apart from the other one: first, 02:30 (UTC+02:00)."""
    local = at.astimezone(zone)
    offset = f"{local:%z}"
    return f"{'second' if local.fold else 'first'}, {local:%H:%M} (UTC{offset[:3]}:{offset[3:5]})"


def _local(at: datetime, zone: ZoneInfo) -> datetime:
    return at.astimezone(zone).replace(tzinfo=None, fold=0)


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"
