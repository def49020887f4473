"""A sign-in that ends in the middle of something: one signs in again and goes on where one was."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.accounts import known_buyer, signed_in
from tests.browser.dashboard import PASSWORD, PATIENCE_MS, Dashboard
from tests.browser.held_page import HeldPage
from tests.browser.stoppage import standing_still
from tests.support.world import World

NEW_PASSWORD = "another-long-password"
WENT_WRONG = re.compile("Something went wrong")


def end_every_sign_in(world: World, email: str) -> None:
    """What a changed password does: every token that was made before is refused from now on."""
    with signed_in(world, email) as elsewhere:
        elsewhere.call("PATCH", "/api/v1/users/me", json={"password": NEW_PASSWORD, "current_password": PASSWORD})


def wait_for(page: Page, condition: Callable[[], bool]) -> None:
    """Lets the tab go on until the condition holds."""
    for _ in range(PATIENCE_MS // 50):
        if condition():
            return
        page.wait_for_timeout(50)
    raise AssertionError("not in time")


def test_a_seat_clicked_when_the_sign_in_has_just_ended_is_still_chosen_after_signing_in_again(
    world: World, page: Page
) -> None:
    first, second = world.seats[0], world.seats[1]
    network = HeldPage(page)
    dashboard, email = known_buyer(world, page, "Kartika Putri")
    dashboard.open_event(world.event.id)
    dashboard.seat(first.row, first.number).click()
    expect(page.get_by_role("button", name=re.compile("Book for "))).to_be_enabled()
    network.arm()
    end_every_sign_in(world, email)
    wait_for(page, lambda: network.holding)
    dashboard.seat(second.row, second.number).click()
    wait_for(page, lambda: network.released)
    expect(page.get_by_text("Your sign-in has ended")).to_be_visible(timeout=PATIENCE_MS)
    expect(page.get_by_text(WENT_WRONG)).to_have_count(0)
    dashboard.sign_in(email, NEW_PASSWORD)
    for seat in (first, second):
        expect(dashboard.seat(seat.row, seat.number)).to_have_accessible_name(
            re.compile("your choice"), timeout=PATIENCE_MS
        )
    dashboard.book()
    assert [world.seat_status(place) for place in (0, 1)] == ["ON_GOING", "ON_GOING"]


# In the short form, the test above clicks a moment later.
@pytest.mark.long
def test_a_seat_clicked_while_the_dashboard_hears_that_the_sign_in_has_ended_is_still_chosen(
    world: World, page: Page
) -> None:
    first, second = world.seats[3], world.seats[4]
    dashboard, email = known_buyer(world, page, "Lukas Hartono")
    dashboard.open_event(world.event.id)
    dashboard.seat(first.row, first.number).click()
    expect(page.get_by_role("button", name=re.compile("Book for "))).to_be_enabled()
    end_every_sign_in(world, email)
    with standing_still(world.stack, "client"):
        # The page asks the client service with every click, and waits for its answer now.
        dashboard.seat(second.row, second.number).click()
        dashboard.seat(first.row, first.number).click()
        dashboard.seat(first.row, first.number).click()
        page.wait_for_timeout(600)
    expect(page.get_by_text("Your sign-in has ended")).to_be_visible(timeout=PATIENCE_MS)
    expect(page.get_by_text(WENT_WRONG)).to_have_count(0)
    dashboard.sign_in(email, NEW_PASSWORD)
    expect(dashboard.seat(second.row, second.number)).to_have_accessible_name(
        re.compile("your choice"), timeout=PATIENCE_MS
    )


def test_what_somebody_chose_is_not_shown_to_the_next_person_of_the_same_tab(world: World, page: Page) -> None:
    seat = world.seats[2]
    dashboard, email = known_buyer(world, page, "Lestari Ayu")
    dashboard.open_event(world.event.id)
    dashboard.seat(seat.row, seat.number).click()
    expect(page.get_by_role("button", name=re.compile("Book for "))).to_be_enabled()
    end_every_sign_in(world, email)
    expect(page.get_by_text("Your sign-in has ended")).to_be_visible(timeout=PATIENCE_MS)
    dashboard.fill_registration("Maya Sari", f"next-{email}")
    expect(dashboard.seat(seat.row, seat.number)).to_have_accessible_name(re.compile("open"), timeout=PATIENCE_MS)


# In the short form, the tests above end the sign-in on a page with a seat map, and
# `test_an_expired_session_returns_to_signing_in_and_then_to_where_one_was` of the dashboard on one of these.
@pytest.mark.long
@pytest.mark.parametrize("path", ["/bookings", "/queue", "/notifications", "/account"])
def test_every_page_of_ones_own_asks_to_sign_in_again_when_the_sign_in_has_ended(
    world: World, page: Page, path: str
) -> None:
    dashboard, email = known_buyer(world, page, "Nina Kartini")
    dashboard.open(path)
    end_every_sign_in(world, email)
    page.get_by_role("link", name=re.compile("Messages|My bookings")).first.click()
    expect(page.get_by_text("Your sign-in has ended")).to_be_visible(timeout=PATIENCE_MS)
    expect(page.get_by_text(WENT_WRONG)).to_have_count(0)


# In the short form, `test_a_tab_changes_only_the_cookie_that_it_knows` of the dashboard's own tests.
@pytest.mark.long
def test_a_tab_whose_sign_in_has_ended_leaves_that_of_another_tab_alone(world: World, page: Page) -> None:
    ended, email = known_buyer(world, page, "Oki Saputra")
    ended.open("/account")
    end_every_sign_in(world, email)
    other = Dashboard(page.context.new_page())
    other.open("/sign-in")
    with other.page.expect_response("**/session-cookie", timeout=PATIENCE_MS):
        other.sign_in(email, NEW_PASSWORD)
    other.expect_signed_in()
    with page.expect_response("**/session-cookie", timeout=PATIENCE_MS):
        ended.menu("My bookings").click()
    expect(page.get_by_text("Your sign-in has ended")).to_be_visible(timeout=PATIENCE_MS)
    other.page.reload()
    other.expect_signed_in()
