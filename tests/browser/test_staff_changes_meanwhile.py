"""Two pages show one version of an event: the second save is refused in words, and nothing that was typed is lost."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.dashboard import PATIENCE_MS
from tests.browser.staff import StaffDashboard
from tests.support.client_api import Event
from tests.support.world import World

REFUSED = "Somebody else has changed this since you opened it"


@pytest.fixture
def event(staff: StaffDashboard) -> Event:
    """An event whose form is open."""
    made = staff.new_event_of()
    staff.open_staff_event(made.id)
    return made


@pytest.fixture
def colleague(world: World, staff: StaffDashboard, event: Event) -> StaffDashboard:
    """A second tab with the same form, as it is in the first."""
    second = StaffDashboard(staff.page.context.new_page(), world)
    second.open_staff_event(event.id)
    return second


def return_to(staff: StaffDashboard) -> None:
    """Brings the first tab to the front: a browser draws only that one."""
    staff.page.bring_to_front()


def test_the_second_save_is_refused_in_words_and_nothing_typed_is_lost(
    event: Event, staff: StaffDashboard, colleague: StaffDashboard
) -> None:
    colleague.details().get_by_label("Venue").fill("Their hall")
    colleague.details().get_by_label("Name", exact=True).fill("Theirs")
    colleague.save()
    colleague.expect_told("Saved.")
    return_to(staff)

    name = staff.details().get_by_label("Name", exact=True)
    name.fill("Mine")
    staff.save()
    staff.expect_told(REFUSED)
    details = staff.details()
    expect(details).to_contain_text("Name: yours “Mine”, now “Theirs”", timeout=PATIENCE_MS)
    expect(details).to_contain_text("Venue: now “Their hall”; you have not edited it")
    expect(name).to_have_value("Mine")
    assert staff.stored(event)["name"] == "Theirs"

    details.get_by_role("button", name="Save over it").click()
    staff.expect_told("Saved.")
    stored = staff.stored(event)
    assert (stored["name"], stored["venue"]) == ("Mine", "Their hall")


# In the short form, `test_the_current_values_can_be_taken_over` of the dashboard does the same without a browser.
@pytest.mark.long
def test_the_current_version_is_taken_and_edited_from_there(
    event: Event, staff: StaffDashboard, colleague: StaffDashboard
) -> None:
    colleague.details().get_by_label("Name", exact=True).fill("Theirs")
    colleague.save()
    colleague.expect_told("Saved.")
    return_to(staff)

    staff.details().get_by_label("Venue").fill("Mine")
    staff.save()
    staff.expect_told(REFUSED)
    staff.details().get_by_role("button", name="Take the current version").click()
    staff.expect_begun_anew(staff.details().get_by_label("Name", exact=True), "Theirs")
    staff.details().get_by_label("Venue").fill("Mine")
    staff.save()
    staff.expect_told("Saved.")
    stored = staff.stored(event)
    assert (stored["name"], stored["venue"]) == ("Theirs", "Mine")
