"""Times of an event whose clocks change: what nobody edited stays, what is edited is meant in the venue's zone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.browser.dashboard import PATIENCE_MS
from tests.browser.staff import StaffDashboard
from tests.browser.visitors import Visitors

VENUE = "Europe/Amsterdam"
AT_THE_LAST_SECOND = "2027-10-30T21:59:59Z"
IN_THE_REPEATED_HOUR = "2027-10-31T01:30:00Z"
"""02:30 in Amsterdam, for the second time in that night."""
AT_ANOTHER_MINUTE = "2027-02-10T18:15:00Z"
"""A form keeps the seconds of a time whose hour and minute are entered as they were."""


@pytest.fixture
def context(visitors: Visitors) -> Iterator[BrowserContext]:
    with visitors.come(timezone_id="America/New_York") as opened:
        yield opened


def moment(written: object) -> datetime:
    return datetime.fromisoformat(str(written))


# In the short form, the dashboard's own tests save a name beside a repeated hour, and see what is sent.
@pytest.mark.long
def test_a_new_name_changes_nothing_else(staff: StaffDashboard) -> None:
    event = staff.new_event_of(time_zone=VENUE, starts_at=IN_THE_REPEATED_HOUR, sales_close_at=AT_THE_LAST_SECOND)
    before = staff.stored(event)
    staff.open_staff_event(event.id)
    staff.details().get_by_label("Name", exact=True).fill(f"{event.name}, new")
    staff.save()
    staff.expect_told("Saved.")
    after = staff.stored(event)
    assert after.pop("name") == f"{before.pop('name')}, new"
    assert after.pop("updated_at") != before.pop("updated_at")
    assert after.pop("version") != before.pop("version")
    assert after == before


def test_a_time_that_clocks_skip_is_refused_at_its_field(staff: StaffDashboard) -> None:
    event = staff.new_event_of(time_zone=VENUE, starts_at=AT_ANOTHER_MINUTE)
    staff.open_staff_event(event.id)
    staff.enter_moment(staff.details(), "Starts", "2027-03-28 02:30")
    staff.save()
    expect(staff.error_of(staff.details(), "Starts")).to_contain_text(
        "02:30 does not exist on 28 March 2027", timeout=PATIENCE_MS
    )
    staff.enter_moment(staff.details(), "Starts", "2027-03-28 03:30")
    staff.save()
    staff.expect_told("Saved.")
    assert moment(staff.stored(event)["starts_at"]) == moment("2027-03-28T01:30:00Z")


# In the short form, `test_local_time.py` of the dashboard asks about a repeated hour.
@pytest.mark.long
@pytest.mark.parametrize(
    ("choice", "meant"),
    # In the short form the harder one: the first of the two is what a clock would take by itself.
    [pytest.param("first", "2027-10-31T00:30:00Z", marks=pytest.mark.long), ("second", IN_THE_REPEATED_HOUR)],
)
def test_a_time_that_clocks_repeat_is_asked_about(staff: StaffDashboard, choice: str, meant: str) -> None:
    event = staff.new_event_of(time_zone=VENUE, starts_at=AT_ANOTHER_MINUTE)
    staff.open_staff_event(event.id)
    details = staff.details()
    staff.enter_moment(details, "Starts", "2027-10-31 02:30")
    staff.save()
    expect(staff.error_of(details, "Starts")).to_contain_text("comes twice", timeout=PATIENCE_MS)
    details.get_by_text(f"{choice}, 02:30").click()
    staff.save()
    staff.expect_told("Saved.")
    assert moment(staff.stored(event)["starts_at"]) == moment(meant)
