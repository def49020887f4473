"""Whoever clicks twice, as people do when nothing seems to happen, does it once and is not told of an error."""

from __future__ import annotations

import re
from uuid import uuid4

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.accounts import known_buyer, signed_in
from tests.browser.dashboard import PASSWORD, PATIENCE_MS, Dashboard
from tests.support.world import World

BETWEEN_MS = 250
ERRORS = '[data-testid="stAlertContentError"]'
NEW_PASSWORD = "another-long-password"


def press_twice(button: Locator) -> None:
    """Two clicks at the same spot, the second one while the first is being dealt with."""
    button.scroll_into_view_if_needed()
    box = button.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    button.page.mouse.click(x, y)
    button.page.wait_for_timeout(BETWEEN_MS)
    button.page.mouse.click(x, y)


def test_an_account_is_made_once(world: World, page: Page) -> None:
    page.goto("/sign-in")
    page.get_by_role("tab", name="Create an account").click()
    form = page.get_by_role("tabpanel").filter(has=page.get_by_label("Your name"))
    form.get_by_label("Your name").fill("Tono Wibowo")
    form.get_by_label("Email").fill(f"{uuid4().hex[:12]}@example.com")
    form.get_by_label("Password", exact=True).fill(PASSWORD)
    press_twice(form.get_by_role("button", name="Create account"))
    Dashboard(page).expect_signed_in()
    expect(page.locator(ERRORS)).to_have_count(0)


# The buttons of all forms are made by `frontend.forms.form`: the short form presses that of the form above and staff's.
@pytest.mark.long
def test_a_password_is_changed_once(world: World, page: Page) -> None:
    dashboard, _ = known_buyer(world, page, "Umi Kalsum")
    dashboard.open("/account")
    page.get_by_label("Current password").fill(PASSWORD)
    page.get_by_label("New password", exact=True).fill(NEW_PASSWORD)
    page.get_by_label("New password again").fill(NEW_PASSWORD)
    press_twice(page.get_by_role("button", name="Change password"))
    expect(page.get_by_text("Password changed.")).to_be_visible(timeout=PATIENCE_MS)
    expect(page.locator(ERRORS)).to_have_count(0)


# In the short form, an account is made once by the same mechanism.
@pytest.mark.long
def test_a_queue_is_joined_and_left_once(world: World, page: Page) -> None:
    seat = world.seats[0]
    world.book(world.buyer(), 0)
    dashboard, email = known_buyer(world, page, "Vina Panduwinata")
    dashboard.open_event(world.event.id)
    dashboard.seat(seat.row, seat.number).click()
    join = page.get_by_role("button", name="Join the queue")
    expect(join).to_be_visible()
    press_twice(join)
    expect(page.get_by_text("number 1 in line")).to_be_visible(timeout=PATIENCE_MS)
    expect(page.locator(ERRORS)).to_have_count(0)
    dashboard.open("/queue")
    page.get_by_role("button", name="Leave the queue").click()
    sure = page.get_by_role("button", name="Yes, leave the queue")
    expect(sure).to_be_visible()
    press_twice(sure)
    expect(page.get_by_text("Ended (1)")).to_be_visible(timeout=PATIENCE_MS)
    expect(page.locator(ERRORS)).to_have_count(0)
    with signed_in(world, email) as buyer:
        assert [entry["status"] for entry in buyer.every("/api/v1/waitlist")] == ["LEFT"]


# The buttons that act at once are made by `frontend.forms.attempt`: the short form presses those of the queue, in both
# places that such a button can have, a page and a dialog.
@pytest.mark.long
def test_a_booking_is_cancelled_once(world: World, page: Page) -> None:
    seat = world.seats[1]
    dashboard, _ = known_buyer(world, page, "Wahyu Hidayat")
    dashboard.open_event(world.event.id)
    dashboard.seat(seat.row, seat.number).click()
    dashboard.book()
    page.get_by_role("button", name="Cancel booking").click()
    sure = page.get_by_role("button", name="Yes, cancel it")
    expect(sure).to_be_visible()
    press_twice(sure)
    expect(page.get_by_text(re.compile("Cancelled by the buyer"))).to_be_visible(timeout=PATIENCE_MS)
    expect(page.locator(ERRORS)).to_have_count(0)


@pytest.mark.long
def test_a_message_is_read_once(world: World, page: Page) -> None:
    seat = world.seats[2]
    dashboard, _ = known_buyer(world, page, "Yanti Marlina")
    dashboard.open_event(world.event.id)
    dashboard.seat(seat.row, seat.number).click()
    dashboard.book()
    dashboard.open("/notifications")
    mark = page.get_by_role("button", name="Mark all as read")
    expect(mark).to_be_visible()
    press_twice(mark)
    expect(page.get_by_role("button", name="Mark as read")).to_have_count(0, timeout=PATIENCE_MS)
    expect(page.locator(ERRORS)).to_have_count(0)
