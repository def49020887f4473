"""Staff's pages while a service is away: what was entered stays, and the page continues by itself."""

from __future__ import annotations

import re
from uuid import uuid4

import pytest
from playwright.sync_api import expect

from tests.browser.dashboard import PATIENCE_MS
from tests.browser.staff import StaffDashboard
from tests.support.world import ORGANIZER, World

NOT_REACHED = re.compile("cannot be reached|cannot reach|does not answer")
AT_LATEST_MS = 10_000
"""How long anybody waits for a definite answer."""


def test_a_form_sent_in_an_outage_keeps_its_content_and_is_sent_again(world: World, staff: StaffDashboard) -> None:
    name, page = f"Gamelan Night {uuid4().hex[:8]}", staff.page
    staff.open_staff_event(world.event.id)
    form = staff.new_event()
    staff.fill_event(form, name=name, venue="Bentara Budaya", organizer=ORGANIZER)
    create = form.get_by_role("button", name="Create event")
    with world.stack.processes.stopped("client"):
        create.click()
        expect(form.get_by_role("alert")).to_contain_text(NOT_REACHED, timeout=AT_LATEST_MS)
        expect(form.get_by_label("Name", exact=True)).to_have_value(name)
        expect(form.get_by_label("Venue")).to_have_value("Bentara Budaya")
        expect(page.get_by_text("Something went wrong")).to_have_count(0)
    world.stack.await_ready()
    expect(form.get_by_label("Name", exact=True)).to_have_value(name)
    create.click()
    staff.expect_told("Event created.")
    assert staff.events_named(name) == 1


# In the short form, the test above sends a form in an outage and keeps its content.
@pytest.mark.long
def test_without_ticket_a_change_says_who_is_away_and_keeps_what_was_edited(
    world: World, staff: StaffDashboard
) -> None:
    event = world.event
    staff.open_staff_event(event.id)
    details = staff.details()
    details.get_by_label("Venue").fill("Another hall")
    with world.stack.processes.stopped("ticket"):
        staff.save()
        expect(details.get_by_role("alert")).to_contain_text("The ticket system does not answer", timeout=AT_LATEST_MS)
        expect(details.get_by_label("Venue")).to_have_value("Another hall")
    world.stack.await_ready()
    staff.save()
    staff.expect_told("Saved.")
    assert staff.stored(event)["venue"] == "Another hall"


# The dashboard's own tests open every page of staff in an outage and press “Try again”, without a browser.
@pytest.mark.long
def test_a_staff_page_opened_in_an_outage_says_why_and_comes_back(world: World, staff: StaffDashboard) -> None:
    page = staff.page
    staff.open("/")
    with world.stack.processes.stopped("client"):
        page.goto("/staff-users")
        expect(page.get_by_text(NOT_REACHED).first).to_be_visible(timeout=PATIENCE_MS)
        expect(page.get_by_text("Something went wrong")).to_have_count(0)
    world.stack.await_ready()
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("heading", name="Users")).to_be_visible(timeout=PATIENCE_MS)
