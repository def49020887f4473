"""Buying a seat as people do: with a mouse, or with a finger on a phone."""

from __future__ import annotations

import re

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import DESK, PHONE
from tests.browser.dashboard import PATIENCE_MS, Dashboard
from tests.support.world import World


@pytest.mark.parametrize("context", [DESK, PHONE], ids=["desk", "phone"], indirect=True)
def test_a_visitor_registers_books_a_seat_pays_and_sees_the_ticket(world: World, page: Page) -> None:
    seat = world.seats[3]
    dashboard = Dashboard(page)
    dashboard.register("Ayu Lestari")
    dashboard.open_event(world.event.id)
    dashboard.seat(seat.row, seat.number).click()
    dashboard.book()
    dashboard.pay()
    expect(page.get_by_text("Your ticket")).to_be_visible(timeout=PATIENCE_MS)
    dashboard.expect_no_sideways_scrolling()
    link = page.get_by_role("link", name=re.compile("pdf|download|save|open", re.IGNORECASE)).first
    address = link.get_attribute("href")
    assert address
    if address.startswith("http"):
        assert httpx.get(address, timeout=10, trust_env=False).content.startswith(b"%PDF")
    assert world.seat_status(3) == "BOOKED"


def test_a_refresh_keeps_one_signed_in(world: World, page: Page) -> None:
    dashboard = Dashboard(page)
    dashboard.register("Bima Putra")
    page.reload()
    dashboard.expect_signed_in()
    page.goto("/my-bookings")
    page.goto("/")
    dashboard.expect_signed_in()


def test_a_failed_payment_is_told_honestly(world: World, page: Page) -> None:
    seat = world.seats[0]
    world.payment.simulate(next_outcomes=["fail"])
    dashboard = Dashboard(page)
    dashboard.register("Citra Dewi")
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
