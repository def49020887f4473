"""Who has too many seats to pay for is told so where they book, with a way to pay or to cancel."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.browser.accounts import known_buyer, signed_in
from tests.browser.dashboard import PATIENCE_MS
from tests.support.world import World


def test_the_bar_below_the_map_says_so_and_leads_to_the_bookings(world: World, page: Page) -> None:
    dashboard, email = known_buyer(world, page, "Intan Maharani")
    with signed_in(world, email) as elsewhere:
        world.book(elsewhere, *range(10))
        world.book(elsewhere, *range(10, 20))
    one_more = world.seats[20]
    dashboard.open_event(world.event.id)
    dashboard.seat(one_more.row, one_more.number).click()
    page.get_by_role("button", name=re.compile("Book for ")).click()
    refusal = "You have 20 seats waiting for payment at this event. Pay or cancel some first."
    expect(page.get_by_text(refusal)).to_be_visible(timeout=PATIENCE_MS)
    page.get_by_role("link", name="To your bookings").click()
    expect(page.get_by_role("heading", name="My bookings")).to_be_visible(timeout=PATIENCE_MS)
    assert world.seat_status(20) == "OPEN"
