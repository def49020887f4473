"""Staff's other actions, each pressed twice: one thing happens, and the page says which."""

from __future__ import annotations

from uuid import uuid4

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.dashboard import PASSWORD, PATIENCE_MS
from tests.browser.staff import StaffDashboard
from tests.support.world import World


def confirmed(panel: Locator, title: str) -> Locator:
    """The button of an action, once the person has said that they are sure."""
    box = panel.get_by_test_id("stVerticalBlock").filter(has=panel.page.get_by_role("heading", name=title)).last
    box.get_by_text("I am sure").click()
    button = box.get_by_role("button", name=title)
    expect(button).to_be_enabled(timeout=PATIENCE_MS)
    return button


def test_add_seats_clicked_twice_adds_them_once_without_complaint(world: World, staff: StaffDashboard) -> None:
    event = world.new_event()
    staff.open_staff_event(event.id)
    panel = staff.tab_panel("Seats")
    panel.get_by_role("button", name="Add these seats").dblclick()
    staff.expect_told("200 seats added.")
    expect(panel).not_to_contain_text("exist already")
    assert len(world.ticket.seats(event.id)) == 200


@pytest.mark.parametrize(
    ("title", "told", "status"),
    [
        ("Close the sale", "The sale is closed.", "SALES_CLOSED"),
        # The same button with another title.
        pytest.param("Cancel the event", "Its bookings follow in the background.", "CANCELLED", marks=pytest.mark.long),
    ],
)
def test_a_sale_ended_by_two_clicks_ends_without_complaint(
    world: World, staff: StaffDashboard, title: str, told: str, status: str
) -> None:
    event = world.new_event()
    staff.open_staff_event(event.id)
    panel = staff.tab_panel("Close or cancel")
    confirmed(panel, title).dblclick()
    expect(staff.page.get_by_text(told).first).to_be_visible(timeout=PATIENCE_MS)
    expect(panel.get_by_role("alert").filter(has_text="not")).to_have_count(0)
    assert staff.stored(event)["status"] == status


# In the short form, a sale is ended by two clicks of such a button.
@pytest.mark.long
def test_an_event_removed_by_two_clicks_is_gone_without_complaint(world: World, staff: StaffDashboard) -> None:
    event = world.new_event()
    staff.open_staff_event(event.id)
    confirmed(staff.tab_panel("Close or cancel"), "Remove the event").dblclick()
    staff.expect_told("The event is removed.")
    expect(staff.page.get_by_text("Not found")).to_have_count(0)
    assert staff.events_named(event.name) == 0


# In the short form, `test_create_event_is_visibly_busy_…` presses the button of such a form.
@pytest.mark.long
def test_create_user_clicked_twice_makes_one_account_without_complaint(staff: StaffDashboard) -> None:
    email = f"{uuid4().hex[:12]}@example.com"
    page = staff.page
    staff.open("/staff-users")
    form = page.get_by_test_id("stExpander").filter(has_text="New user")
    form.get_by_text("New user").click(timeout=PATIENCE_MS)
    form.get_by_label("Name", exact=True).fill("Rina Wati")
    form.get_by_label("Email").fill(email)
    form.get_by_label("Password", exact=True).fill(PASSWORD)
    form.get_by_role("button", name="Create user").dblclick()
    staff.expect_told(f"{email} has an account now.")
    staff.expect_begun_anew(form.get_by_label("Email"))
    expect(form).not_to_contain_text("already an account")


# In the short form, the dashboard's own tests end a sale and read what it says (`test_staff_pages.py`).
@pytest.mark.long
def test_closing_a_sale_says_that_queues_lapse(world: World, staff: StaffDashboard) -> None:
    staff.open_staff_event(world.new_event().id)
    panel = staff.tab_panel("Close or cancel")
    expect(panel).to_contain_text("Queues lapse. Everybody who waits loses their place and is told.")
    expect(panel).not_to_contain_text("so do the queues")
