"""Buying a seat as people do: with a mouse, or with a finger on a phone."""

from __future__ import annotations

import io
import re
from uuid import uuid4

import pytest
from playwright.sync_api import Page, expect
from pypdf import PdfReader

from tests.browser.accounts import known_buyer
from tests.browser.dashboard import PATIENCE_MS, Dashboard
from tests.browser.late_refresh import LateRefresh
from tests.browser.visitors import ON_BOTH
from tests.support.world import World


@ON_BOTH
def test_a_visitor_registers_books_a_seat_pays_and_sees_the_ticket(world: World, page: Page) -> None:
    seat = world.seats[3]
    dashboard = Dashboard(page)
    dashboard.register("Ayu Lestari")
    dashboard.open_event(world.event.id)
    dashboard.seat(seat.row, seat.number).click()
    dashboard.book()
    dashboard.pay()
    expect(page.get_by_text("Your ticket")).to_be_visible(timeout=PATIENCE_MS)
    expect(page.get_by_text("Your payment went through and the seats are yours.")).to_be_visible()
    text = "\n".join(each.extract_text() for each in PdfReader(io.BytesIO(dashboard.download())).pages)
    assert world.event.name in text
    assert "Ayu Lestari" in text
    dashboard.expect_no_sideways_scrolling()
    assert world.seat_status(3) == "BOOKED"


# In the short form, `test_a_reload_keeps_the_choice` books after a reload, which needs the sign-in.
@pytest.mark.long
def test_a_refresh_keeps_one_signed_in(world: World, page: Page) -> None:
    dashboard = Dashboard(page)
    dashboard.register("Bima Putra")
    page.reload()
    dashboard.expect_signed_in()
    page.goto("/bookings")
    expect(page.get_by_text("Nothing here yet.")).to_be_visible(timeout=PATIENCE_MS)
    page.goto("/")
    dashboard.expect_signed_in()


def test_whoever_is_asked_to_sign_in_finds_the_choice_kept(world: World, page: Page) -> None:
    seat = world.seats[1]
    dashboard = Dashboard(page)
    dashboard.open_event(world.event.id)
    dashboard.seat(seat.row, seat.number).click()
    page.get_by_role("button", name=re.compile("Book for ")).click()
    expect(page.get_by_text("Your choice is kept.")).to_be_visible(timeout=PATIENCE_MS)
    dashboard.fill_registration("Eka Wijaya", f"{uuid4().hex[:12]}@example.com")
    dashboard.book()
    assert world.seat_status(1) == "ON_GOING"


def test_a_late_refresh_of_the_seat_map_does_not_empty_the_page_of_the_booking(world: World, page: Page) -> None:
    seat = world.seats[2]
    network = LateRefresh(page)
    dashboard, _ = known_buyer(world, page, "Fitri Hakim")
    dashboard.open_event(world.event.id)
    dashboard.seat(seat.row, seat.number).click()
    dashboard.book()
    assert network.sent
    # This answer is made after the late refresh was dealt with.
    page.get_by_role("button", name="Check status now").click()
    expect(page.get_by_text("Checked just now")).to_be_visible(timeout=PATIENCE_MS)
    expect(dashboard.pay_link()).to_be_visible()


def test_a_failed_payment_is_told_honestly(world: World, page: Page) -> None:
    seat = world.seats[0]
    world.payment.simulate(next_outcomes=["fail"])
    dashboard, _ = known_buyer(world, page, "Citra Dewi")
    dashboard.open_event(world.event.id)
    dashboard.seat(seat.row, seat.number).click()
    dashboard.book()
    dashboard.pay()
    expect(page.get_by_text("Notice about this booking")).to_be_visible(timeout=PATIENCE_MS)


def test_the_seat_map_shows_a_seat_that_somebody_else_takes(world: World, page: Page) -> None:
    seat = world.seats[5]
    dashboard = Dashboard(page)
    dashboard.open_event(world.event.id)
    expect(dashboard.seat(seat.row, seat.number)).to_have_accessible_name(re.compile("open$"))
    world.book(world.buyer(), 5)
    expect(dashboard.seat(seat.row, seat.number)).to_have_accessible_name(re.compile("on going"), timeout=PATIENCE_MS)


def test_a_place_in_line_becomes_an_offer_that_is_paid(world: World, page: Page) -> None:
    seat, holder = world.seats[7], world.buyer()
    booking = world.book(holder, 7)
    dashboard, _ = known_buyer(world, page, "Dewi Sartika")
    dashboard.open_event(world.event.id)
    dashboard.join_queue(seat.row, seat.number)
    holder.cancel(booking.id)
    expect(page.get_by_text("Offered to you")).to_be_visible(timeout=PATIENCE_MS)
    dashboard.pay()
    expect(page.get_by_text("You paid in time and got the seat.")).to_be_visible(timeout=PATIENCE_MS)
    expect(page.get_by_text("You are in no queue now.")).to_be_visible(timeout=PATIENCE_MS)
    page.get_by_role("link", name="See booking").click()
    expect(page.get_by_text("The queue", exact=True)).to_be_visible(timeout=PATIENCE_MS)
    assert world.seat_status(7) == "BOOKED"
