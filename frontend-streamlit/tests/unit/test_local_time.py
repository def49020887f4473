"""Times that are entered in a form keep their meaning over changes of clocks."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from frontend.forms.local_time import (
    WrongTimeError,
    entered_moment,
    occurrence_label,
    occurrences,
    on_the_clock,
    which_occurrence,
)

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
JAKARTA = ZoneInfo("Asia/Jakarta")
LORD_HOWE = ZoneInfo("Australia/Lord_Howe")
"""In this zone, clocks change by half an hour."""
APIA = ZoneInfo("Pacific/Apia")
"""This zone skipped 30 December 2011."""

FIRST_HALF_PAST_TWO = datetime(2027, 10, 31, 0, 30, tzinfo=UTC)
SECOND_HALF_PAST_TWO = datetime(2027, 10, 31, 1, 30, tzinfo=UTC)


def wall(written: str) -> datetime:
    """Parses a clock time without a zone."""
    return datetime.fromisoformat(written)


def untouched(shown: datetime, zone: ZoneInfo) -> datetime:
    """Returns the moment of a form that nobody has edited."""
    local = on_the_clock(shown, zone)
    return entered_moment(shown, local.date(), local.time(), which_occurrence(shown, zone), zone)


@pytest.mark.parametrize(
    ("shown", "zone"),
    [
        (datetime(2027, 5, 1, 21, 59, 59, tzinfo=UTC), AMSTERDAM),
        (datetime(2027, 5, 1, 21, 59, 59, 999999, tzinfo=UTC), JAKARTA),
        (FIRST_HALF_PAST_TWO, AMSTERDAM),
        (SECOND_HALF_PAST_TWO, AMSTERDAM),
        (datetime(2027, 3, 28, 1, 0, tzinfo=UTC), AMSTERDAM),
        (datetime(2027, 3, 28, 0, 59, 59, tzinfo=UTC), AMSTERDAM),
        (datetime(2027, 4, 3, 15, 15, 7, tzinfo=UTC), LORD_HOWE),
    ],
)
def test_what_nobody_edited_stays_the_same_moment(shown: datetime, zone: ZoneInfo) -> None:
    assert untouched(shown, zone) == shown


def test_a_new_day_keeps_the_seconds() -> None:
    shown = datetime(2027, 5, 1, 21, 59, 59, tzinfo=UTC)
    assert entered_moment(shown, date(2027, 5, 3), time(23, 59), None, AMSTERDAM) == datetime(
        2027, 5, 3, 21, 59, 59, tzinfo=UTC
    )


def test_a_new_day_behind_a_change_of_clocks_keeps_the_time_on_the_clock() -> None:
    shown = datetime(2027, 10, 30, 18, 15, tzinfo=UTC)
    moved = entered_moment(shown, date(2027, 10, 31), time(20, 15), None, AMSTERDAM)
    assert moved == datetime(2027, 10, 31, 19, 15, tzinfo=UTC)


def test_a_new_time_is_meant_to_the_minute() -> None:
    shown = datetime(2027, 5, 1, 21, 59, 59, tzinfo=UTC)
    assert entered_moment(shown, date(2027, 5, 1), time(22, 0), None, AMSTERDAM) == datetime(
        2027, 5, 1, 20, 0, tzinfo=UTC
    )


def test_a_time_that_clocks_skip_is_refused_in_words() -> None:
    with pytest.raises(WrongTimeError, match=r"02:30 does not exist on 28 March 2027.*Europe/Amsterdam"):
        entered_moment(FIRST_HALF_PAST_TWO, date(2027, 3, 28), time(2, 30), None, AMSTERDAM)


def test_a_day_that_a_zone_skipped_has_no_times() -> None:
    assert occurrences(wall("2011-12-30T12:00"), APIA) == []


def test_a_time_that_clocks_repeat_is_asked_about() -> None:
    shown = datetime(2027, 10, 30, 18, 15, tzinfo=UTC)
    with pytest.raises(WrongTimeError, match=r"02:30 comes twice on 31 October 2027"):
        entered_moment(shown, date(2027, 10, 31), time(2, 30), None, AMSTERDAM)
    assert entered_moment(shown, date(2027, 10, 31), time(2, 30), 0, AMSTERDAM) == FIRST_HALF_PAST_TWO
    assert entered_moment(shown, date(2027, 10, 31), time(2, 30), 1, AMSTERDAM) == SECOND_HALF_PAST_TWO


def test_the_other_of_two_times_can_be_chosen_although_day_and_time_look_the_same() -> None:
    chosen = entered_moment(SECOND_HALF_PAST_TWO, date(2027, 10, 31), time(2, 30), 0, AMSTERDAM)
    assert chosen == FIRST_HALF_PAST_TWO


def test_only_the_repeated_hour_comes_twice() -> None:
    night = [wall(f"2027-10-31T{clock}") for clock in ("01:00", "01:59", "02:00", "02:59", "03:00", "03:59")]
    assert [len(occurrences(time_on_the_clock, AMSTERDAM)) for time_on_the_clock in night] == [1, 1, 2, 2, 1, 1]
    assert occurrences(wall("2027-10-31T02:30"), AMSTERDAM) == [FIRST_HALF_PAST_TWO, SECOND_HALF_PAST_TWO]


def test_two_equal_times_are_told_apart_in_words() -> None:
    assert occurrence_label(FIRST_HALF_PAST_TWO, AMSTERDAM) == "first, 02:30 (UTC+02:00)"
    assert occurrence_label(SECOND_HALF_PAST_TWO, AMSTERDAM) == "second, 02:30 (UTC+01:00)"
