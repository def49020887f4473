"""Choosing seats: no click is lost, no refusal is out of sight, every seat can be hit."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.accounts import known_buyer, signed_in
from tests.browser.dashboard import PATIENCE_MS, Dashboard
from tests.browser.visitors import DESK, ON_BOTH, PHONE
from tests.support.world import World

SMALLEST_TARGET = 24
"""CSS pixels that a target needs in both directions (WCAG 2.2, success criterion 2.5.8)."""


TWO_SEATS = re.compile("Rp500.000")


def press_at_once(page: Page, target: Locator) -> None:
    """Clicks where the target is now, without waiting until the page is quiet."""
    box = target.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)


def book_button(page: Page) -> Locator:
    return page.get_by_role("button", name=re.compile("Book for "))


@pytest.mark.parametrize(
    "delay_ms", [0, *(pytest.param(delay, marks=pytest.mark.long) for delay in (60, 150, 300, 500))]
)
def test_book_clicked_right_after_a_change_of_choice_books_what_is_chosen(
    world: World, page: Page, delay_ms: int
) -> None:
    first, second = world.seats[0], world.seats[1]
    dashboard, _ = known_buyer(world, page, "Gita Lestari")
    dashboard.open_event(world.event.id)
    dashboard.seat(first.row, first.number).click()
    expect(book_button(page)).to_be_enabled()
    press_at_once(page, dashboard.seat(second.row, second.number))
    page.wait_for_timeout(delay_ms)
    press_at_once(page, book_button(page))
    expect(dashboard.pay_link()).to_have_accessible_name(TWO_SEATS, timeout=PATIENCE_MS)
    assert [world.seat_status(place) for place in (0, 1)] == ["ON_GOING", "ON_GOING"]


def test_book_pressed_by_keyboard_right_after_a_change_of_choice_books_what_is_chosen(world: World, page: Page) -> None:
    first, second = world.seats[0], world.seats[1]
    dashboard, _ = known_buyer(world, page, "Hana Wulandari")
    dashboard.open_event(world.event.id)
    dashboard.seat(first.row, first.number).focus()
    page.keyboard.press("Enter")
    expect(book_button(page)).to_be_enabled()
    page.keyboard.press("ArrowRight")
    expect(dashboard.seat(second.row, second.number)).to_be_focused()
    page.keyboard.press("Enter")
    book_button(page).focus()
    page.keyboard.press("Enter")
    expect(dashboard.pay_link()).to_have_accessible_name(TWO_SEATS, timeout=PATIENCE_MS)
    assert world.seat_status(1) == "ON_GOING"


def test_book_clicked_twice_books_once(world: World, page: Page) -> None:
    seat = world.seats[4]
    dashboard, email = known_buyer(world, page, "Indah Sari")
    dashboard.open_event(world.event.id)
    dashboard.seat(seat.row, seat.number).click()
    expect(book_button(page)).to_be_enabled()
    box = book_button(page).bounding_box()
    assert box is not None
    page.mouse.dblclick(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(dashboard.pay_link()).to_be_visible(timeout=PATIENCE_MS)
    with signed_in(world, email) as buyer:
        assert len(buyer.bookings()) == 1


@ON_BOTH
# In the short form, the dashboard's own tests refuse it (`test_seat_map.py`).
@pytest.mark.long
def test_the_eleventh_seat_is_refused_where_one_looks(world: World, page: Page) -> None:
    event = world.new_event()
    seats = world.ticket.create_seats(event.id, rows=30, seats_per_row=12)
    dashboard = Dashboard(page)
    dashboard.open_event(event.id)
    for seat in seats[:10]:
        dashboard.seat(seat.row, seat.number).click()
    expect(page.get_by_text(re.compile("10 seats"))).to_be_visible()
    dashboard.seat(seats[10].row, seats[10].number).click()
    expect(page.get_by_text(re.compile("At most 10 seats"))).to_be_in_viewport(ratio=1)
    expect(dashboard.seat(seats[10].row, seats[10].number)).to_have_accessible_name(re.compile("open"))


@pytest.mark.parametrize("context", [PHONE], ids=["phone"], indirect=True)
def test_every_seat_of_a_fitted_map_can_be_hit_by_a_finger(world: World, page: Page) -> None:
    event = world.new_event()
    world.ticket.create_seats(event.id, rows=3, seats_per_row=30)
    dashboard = Dashboard(page)
    dashboard.open_event(event.id)
    page.get_by_role("button", name="Fit").tap()
    boxes = [seat.bounding_box() for seat in page.get_by_role("gridcell").all()]
    assert len(boxes) == 90
    smallest = min(min(box["width"], box["height"]) for box in boxes if box is not None)
    assert smallest >= SMALLEST_TARGET
    page.get_by_role("gridcell").last.scroll_into_view_if_needed()
    page.get_by_role("gridcell").last.tap()
    expect(page.get_by_role("gridcell").last).to_have_accessible_name(re.compile("your choice"))
    dashboard.expect_no_sideways_scrolling()


def center(target: Locator) -> tuple[float, float]:
    box = target.bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def zoom_by_wheel(page: Page, x: float, y: float) -> None:
    page.mouse.move(x, y)
    page.keyboard.down("Control")
    page.mouse.wheel(0, -150)
    page.keyboard.up("Control")


def zoom_by_fingers(page: Page, x: float, y: float) -> None:
    session = page.context.new_cdp_session(page)

    def touch(kind: str, *distances: int) -> None:
        points = [{"x": x + distance, "y": y} for distance in distances]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    touch("touchStart", -30, 30)
    for distance in (35, 40, 45):
        touch("touchMove", -distance, distance)
    touch("touchEnd")


@pytest.mark.parametrize(
    ("context", "zoom"),
    [(DESK, zoom_by_wheel), pytest.param(PHONE, zoom_by_fingers, marks=pytest.mark.long)],
    ids=["wheel", "fingers"],
    indirect=["context"],
)
def test_the_map_is_enlarged_around_what_is_pointed_at(
    world: World, page: Page, zoom: Callable[[Page, float, float], None]
) -> None:
    event = world.new_event()
    world.ticket.create_seats(event.id, rows=24, seats_per_row=40)
    dashboard = Dashboard(page)
    dashboard.open_event(event.id)
    dashboard.settle()
    seat = dashboard.seat("L", 20)
    seat.evaluate("seat => seat.scrollIntoView({ block: 'center', inline: 'center' })")
    size = seat.evaluate("seat => getComputedStyle(seat).width")
    x, y = center(seat)
    zoom(page, x, y)
    expect(seat).not_to_have_css("width", size)
    box = seat.bounding_box()
    assert box is not None
    assert box["width"] > float(size.removesuffix("px"))
    assert abs(x - center(seat)[0]) < box["width"] / 2
    assert abs(y - center(seat)[1]) < box["height"] / 2


def test_a_reload_keeps_the_choice(world: World, page: Page) -> None:
    seat = world.seats[6]
    dashboard, _ = known_buyer(world, page, "Joko Susilo")
    dashboard.open_event(world.event.id)
    dashboard.seat(seat.row, seat.number).click()
    expect(book_button(page)).to_be_enabled()
    page.reload()
    expect(dashboard.seat(seat.row, seat.number)).to_have_accessible_name(
        re.compile("your choice"), timeout=PATIENCE_MS
    )
    dashboard.book()
    assert world.seat_status(6) == "ON_GOING"


def test_a_choice_is_kept_for_its_event_without_what_is_no_longer_open_which_is_said(world: World, page: Page) -> None:
    taken, removed, kept = world.seats[11], world.seats[12], world.seats[17]
    dashboard = Dashboard(page)
    dashboard.open_event(world.event.id)
    for seat in (taken, removed, kept):
        dashboard.seat(seat.row, seat.number).click()
    expect(page.get_by_text("3 seats")).to_be_visible()
    page.goto("/")
    world.book(world.buyer(), 11)
    path = f"/api/v1/events/{world.event.id}/seats/{removed.id}"
    world.ticket.call("DELETE", path, headers={"If-Match": '"1"'})
    dashboard.open_event(world.event.id)
    expect(page.get_by_role("status").filter(has_text="Seats that you had chosen are no longer open")).to_have_text(
        "Seats that you had chosen are no longer open: A, row B, seat 2; A, row B, seat 3.", timeout=PATIENCE_MS
    )
    expect(dashboard.seat(kept.row, kept.number)).to_have_accessible_name(re.compile("your choice"))
    expect(page.get_by_text("1 seat,")).to_be_visible()
    another = world.new_event()
    world.ticket.create_seats(another.id, rows=4, seats_per_row=10)
    dashboard.open_event(another.id)
    expect(page.get_by_text("Choose up to 10 seats.")).to_be_visible()
