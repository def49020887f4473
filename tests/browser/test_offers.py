"""A seat that is offered to somebody who queued: every page says so until it is taken or the time is over."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.accounts import known_buyer, signed_in
from tests.browser.dashboard import PATIENCE_MS
from tests.browser.visitors import ON_BOTH
from tests.support.client_api import WaitlistEntry
from tests.support.waiting import until
from tests.support.world import World

MARK = re.compile(r"My queue \(1 offer\)")
YOUR_TURN = re.compile("It is your turn: A")
PAGES = ["/", "/bookings", "/account"]


def queue_entry(page: Page) -> Locator:
    """The menu's entry, which is there and folded away on a narrow screen."""
    return page.locator(
        '[data-testid="stNavLink"], [data-testid="stTopNavLink"], [data-testid="stSidebarNavLink"]'
    ).filter(has_text="My queue")


def offer(world: World, email: str, place: int) -> WaitlistEntry:
    """The seat passes from somebody else to the person of that address."""
    holder = world.buyer()
    booking = world.book(holder, place)
    with signed_in(world, email) as queueing:
        entry = queueing.join_queue(world.seats[place].id)
        holder.cancel(booking.id)
        return until(
            lambda: queueing.entry(entry.id),
            lambda found: found.status == "OFFERED" and found.booking_id is not None,
            what="the seat is offered",
        )


@ON_BOTH
def test_an_offer_is_marked_on_every_page_until_it_is_taken(world: World, page: Page) -> None:
    dashboard, email = known_buyer(world, page, "Ratna Dewi")
    dashboard.open("/")
    offer(world, email, 0)
    expect(page.get_by_text(YOUR_TURN)).to_be_in_viewport(timeout=PATIENCE_MS)
    for path in PAGES:
        dashboard.open(path)
        expect(page.get_by_role("timer")).to_be_in_viewport(timeout=PATIENCE_MS)
        expect(queue_entry(page)).to_have_text(MARK)
    page.get_by_role("link", name="See the offer").click()
    dashboard.pay()
    expect(page.get_by_text("What became of your offer")).to_be_visible(timeout=PATIENCE_MS)
    expect(queue_entry(page)).not_to_have_text(MARK, timeout=PATIENCE_MS)


# In the short form, the test above sees the mark come, and go with the offer.
@pytest.mark.long
def test_the_mark_of_an_offer_goes_away_when_its_time_is_over(world: World, page: Page) -> None:
    dashboard, email = known_buyer(world, page, "Sari Utami")
    dashboard.open("/")
    entry = offer(world, email, 1)
    expect(queue_entry(page)).to_have_text(MARK, timeout=PATIENCE_MS)
    assert entry.booking_id
    world.stack.let_hold_expire(entry.booking_id)
    expect(queue_entry(page)).not_to_have_text(MARK, timeout=PATIENCE_MS)
    expect(page.get_by_text(YOUR_TURN)).to_be_hidden(timeout=PATIENCE_MS)
