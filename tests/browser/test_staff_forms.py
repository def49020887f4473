"""Staff's forms: one click or two, one thing is made; what is wrong stands at its field, in words."""

from __future__ import annotations

from collections.abc import Callable
from uuid import uuid4

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.dashboard import PATIENCE_MS
from tests.browser.staff import StaffDashboard
from tests.browser.stoppage import standing_still
from tests.support.world import ORGANIZER, World


def unique(name: str) -> str:
    return f"{name} {uuid4().hex[:8]}"


def double_click(button: Locator) -> None:
    button.dblclick()


def click_again_shortly_after(button: Locator) -> None:
    box = button.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    button.click()
    button.page.wait_for_timeout(80)
    # By its place: the form may have begun anew, and a person clicks where the button was.
    button.page.mouse.click(x, y)


# The short form has the harder test below: two clicks at once, and a third while the first is being dealt with.
@pytest.mark.long
@pytest.mark.parametrize("press", [click_again_shortly_after, double_click])
def test_create_event_clicked_twice_makes_one_event(
    world: World, staff: StaffDashboard, press: Callable[[Locator], None]
) -> None:
    name = unique("Gamelan Night")
    staff.open_staff_event(world.event.id)
    form = staff.new_event()
    staff.fill_event(form, name=name, venue="Bentara Budaya", organizer=ORGANIZER)
    press(form.get_by_role("button", name="Create event"))
    expect(staff.page.get_by_text("Event created.")).to_be_visible(timeout=PATIENCE_MS)
    staff.expect_begun_anew(form.get_by_label("Name", exact=True))
    assert staff.events_named(name) == 1


# The dashboard's own tests have this one and the last of this file, without a browser. In the short form,
# `test_a_form_is_sent_and_mended_by_keyboard` shows that errors stand at fields in a browser too.
@pytest.mark.long
def test_an_empty_event_form_says_at_each_field_what_is_missing(world: World, staff: StaffDashboard) -> None:
    staff.open_staff_event(world.event.id)
    form = staff.new_event()
    form.get_by_role("button", name="Create event").click()
    for label in ("Name", "Venue", "Organizer"):
        expect(staff.error_of(form, label)).to_be_visible(timeout=PATIENCE_MS)
    expect(form).not_to_contain_text("pattern")


def test_create_event_is_visibly_busy_and_creates_one_event_however_often_it_is_clicked(
    world: World, staff: StaffDashboard
) -> None:
    name = unique("Gamelan Night")
    staff.open_staff_event(world.event.id)
    form = staff.new_event()
    staff.fill_event(form, name=name, venue="Bentara Budaya", organizer=ORGANIZER)
    with standing_still(world.stack, "ticket"):
        form.get_by_role("button", name="Create event").dblclick()
        busy = form.get_by_role("button", name="Creating the event…")
        expect(busy).to_be_disabled()
        busy.click(force=True)
    staff.expect_told("Event created.")
    assert staff.events_named(name) == 1


def test_a_form_is_sent_and_mended_by_keyboard(world: World, staff: StaffDashboard) -> None:
    page, email = staff.page, f"{uuid4().hex[:12]}@example.com"
    staff.open("/staff-users")
    form = page.get_by_test_id("stExpander").filter(has_text="New user")
    form.locator("summary").focus(timeout=PATIENCE_MS)
    page.keyboard.press("Enter")
    form.get_by_label("Name", exact=True).focus()
    page.keyboard.type("Rina Wati")
    page.keyboard.press("Enter")
    expect(staff.error_of(form, "Email")).to_be_visible(timeout=PATIENCE_MS)
    expect(form.get_by_label("Name", exact=True)).to_have_value("Rina Wati")
    page.keyboard.press("Tab")
    page.keyboard.type(email)
    page.keyboard.press("Tab")
    if form.get_by_label("Password", exact=True).evaluate("field => field !== document.activeElement"):
        page.keyboard.press("Tab")
    page.keyboard.type("a-long-enough-password")
    page.keyboard.press("Enter")
    staff.expect_told(f"{email} has an account now.")


@pytest.mark.long
def test_a_line_break_in_a_name_is_refused_in_words(world: World, staff: StaffDashboard) -> None:
    staff.open_staff_event(world.event.id)
    details = staff.details()
    details.get_by_label("Name", exact=True).fill("Opening night\u2028Second line")
    staff.save()
    expect(staff.error_of(details, "Name")).to_contain_text("one line", timeout=PATIENCE_MS)
