"""The best seats together at one click, in place of a search through the map; and no seat left alone without a word."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.accounts import known_buyer
from tests.browser.dashboard import PATIENCE_MS, Dashboard
from tests.browser.visitors import ON_BOTH, PHONE
from tests.support.world import World

CHOSEN = re.compile("your choice$")


def control(page: Page) -> Locator:
    return page.get_by_role("form", name="Best seats together")


def choose_best(page: Page, number: int, price: str | None = None) -> None:
    """Asks for the best seats."""
    control(page).get_by_label("Best seats").select_option(str(number))
    if price is not None:
        control(page).get_by_label("Price").select_option(label=price)
    control(page).get_by_role("button", name="Choose").click()


def chosen(page: Page) -> Locator:
    return page.get_by_role("gridcell", name=CHOSEN)


def expect_chosen(page: Page, number: int) -> list[str]:
    """Waits until so many seats are chosen, and returns their names."""
    expect(chosen(page)).to_have_count(number, timeout=PATIENCE_MS)
    expect(page.get_by_role("region", name="Your choice")).to_contain_text(f"{number} seats")
    return [str(seat.get_attribute("aria-label")).partition(" – ")[0] for seat in chosen(page).all()]


def places_of(world: World, names: list[str]) -> list[int]:
    """Returns which of the event's seats have these names."""
    labels = [f"{seat.section}, row {seat.row}, seat {seat.number}" for seat in world.seats]
    return [labels.index(name) for name in names]


@ON_BOTH
def test_one_click_chooses_seats_next_to_each_other_which_a_reload_keeps_and_book_books(
    world: World, page: Page
) -> None:
    assert world.seats
    dashboard, _ = known_buyer(world, page, "Lina Wijaya")
    dashboard.open_event(world.event.id)
    choose_best(page, 3)
    names = expect_chosen(page, 3)
    first, *_, last = places_of(world, names)
    assert last - first == 2
    expect(control(page).get_by_role("status")).to_have_text(f"Your choice: {'; '.join(names)}.")
    dashboard.expect_no_sideways_scrolling()
    page.reload()
    assert expect_chosen(page, 3) == names
    dashboard.book()
    assert {world.seat_status(place) for place in places_of(world, names)} == {"ON_GOING"}


# In the short form, the dashboard's own tests ask for a price, and say what is not to be had.
@pytest.mark.long
def test_a_price_narrows_the_choice_and_what_is_not_to_be_had_is_said(world: World, page: Page) -> None:
    event = world.new_event()
    for section, price in (("Balkon", 100_000), ("Parkett", 300_000)):
        world.ticket.create_seats(event.id, section=section, rows=1, seats_per_row=5, price=price)
    dashboard = Dashboard(page)
    dashboard.open_event(event.id)
    choose_best(page, 2, "up to Rp100.000")
    assert all(name.startswith("Balkon") for name in expect_chosen(page, 2))
    choose_best(page, 6)
    expect(control(page).get_by_role("status")).to_have_text(
        "6 free seats together for at most Rp100.000 each cannot be found any more. Try fewer seats or another price.",
        timeout=PATIENCE_MS,
    )
    expect_chosen(page, 2)


# In the short form, `test_buying.py` has a seat that somebody else takes.
@pytest.mark.long
def test_seats_that_somebody_else_takes_meanwhile_are_said_and_one_click_brings_others(
    world: World, page: Page
) -> None:
    assert world.seats
    dashboard, _ = known_buyer(world, page, "Maya Putri")
    dashboard.open_event(world.event.id)
    choose_best(page, 2)
    names = expect_chosen(page, 2)
    world.book(world.buyer(), *places_of(world, names))
    expect(page.get_by_role("status").filter(has_text="no longer open")).to_have_text(
        f"Seats that you had chosen are no longer open: {'; '.join(names)}.", timeout=PATIENCE_MS
    )
    expect(page.get_by_text("Choose up to 10 seats.")).to_be_visible()
    control(page).get_by_role("button", name="Choose").click()
    others = expect_chosen(page, 2)
    assert not set(others) & set(names)
    dashboard.book()
    assert {world.seat_status(place) for place in places_of(world, others)} == {"ON_GOING"}


def test_a_seat_that_would_stay_alone_is_said_and_the_choice_moves_by_keyboard(world: World, page: Page) -> None:
    event = world.new_event()
    world.ticket.create_seats(event.id, rows=1, seats_per_row=6)
    dashboard = Dashboard(page)
    dashboard.open_event(event.id)
    dashboard.seat("A", 2).click()
    dashboard.seat("A", 3).click()
    warning = page.get_by_text("A, row A, seat 1 would stay alone, with no free seat beside it.")
    expect(warning).to_be_in_viewport(ratio=1, timeout=PATIENCE_MS)
    page.get_by_role("button", name="Move my seats").focus()
    page.keyboard.press("Enter")
    expect(dashboard.seat("A", 1)).to_have_accessible_name(CHOSEN, timeout=PATIENCE_MS)
    expect(dashboard.seat("A", 2)).to_have_accessible_name(CHOSEN)
    expect(chosen(page)).to_have_count(2)
    expect(warning).to_be_hidden()
    # The button that had the focus is gone.
    expect(page.get_by_role("button", name="Book for")).to_be_focused()


# In the short form, the test above moves a choice by keyboard.
@pytest.mark.long
def test_the_best_seats_are_chosen_by_keyboard_alone(world: World, page: Page) -> None:
    assert world.seats
    dashboard = Dashboard(page)
    dashboard.open_event(world.event.id)
    control(page).get_by_label("Best seats").focus()
    page.keyboard.press("4")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect_chosen(page, 4)


# In the short form, the warning is looked at on a desk.
@pytest.mark.long
@pytest.mark.parametrize("context", [PHONE], ids=["phone"], indirect=True)
def test_on_a_phone_the_warning_is_where_one_looks(world: World, page: Page) -> None:
    event = world.new_event()
    world.ticket.create_seats(event.id, rows=12, seats_per_row=5)
    dashboard = Dashboard(page)
    dashboard.open_event(event.id)
    dashboard.seat("A", 2).tap()
    expect(page.get_by_text("A, row A, seat 1 would stay alone")).to_be_in_viewport(ratio=1, timeout=PATIENCE_MS)
    dashboard.expect_no_sideways_scrolling()
