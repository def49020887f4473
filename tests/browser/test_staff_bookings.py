"""Staff look at a buyer's booking: they read about the buyer, and cannot pay in the buyer's place."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.dashboard import PATIENCE_MS
from tests.browser.staff import StaffDashboard
from tests.support.world import World


def test_staff_read_that_the_buyers_seats_are_held_and_have_no_pay_button(world: World, staff: StaffDashboard) -> None:
    booking = world.book(world.buyer("Dina Ayu"), 0)
    page = staff.page
    staff.open(f"/booking?id={booking.id}")
    expect(page.get_by_role("heading", name="The buyer's seats are held.")).to_be_visible(timeout=PATIENCE_MS)
    expect(page.get_by_text("Dina Ayu")).to_be_visible()
    expect(staff.pay_link()).to_have_count(0)
    page.get_by_role("button", name="Cancel booking").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("The buyer has not paid yet and is not charged")
    dialog.get_by_role("button", name="Yes, cancel it").click()
    expect(page.get_by_text("Cancelled by our staff. Nothing was charged.")).to_be_visible(timeout=PATIENCE_MS)


# In the short form, `test_staff_wording.py` of the dashboard holds that staff are never spoken to as the buyer.
@pytest.mark.long
def test_staff_see_the_buyers_ticket_as_the_buyers(world: World, staff: StaffDashboard) -> None:
    booking = world.book_and_pay(world.buyer(), 1)
    page = staff.page
    staff.open(f"/booking?id={booking.id}")
    expect(page.get_by_role("heading", name="The buyer's ticket")).to_be_visible(timeout=PATIENCE_MS)
    expect(page.get_by_role("heading", name="The buyer's payment went through")).to_be_visible()


# In the short form, the first test of this file looks for the same button on the booking's own page.
@pytest.mark.long
def test_the_list_of_all_bookings_offers_staff_no_payment(world: World, staff: StaffDashboard) -> None:
    world.book(world.buyer(), 2)
    page = staff.page
    staff.open("/staff-bookings")
    expect(page.get_by_role("link", name="See or cancel").first).to_be_visible(timeout=PATIENCE_MS)
    expect(page.get_by_role("link", name="Pay or cancel")).to_have_count(0)
    staff.open("/bookings")
    expect(page.get_by_role("heading", name="My bookings")).to_be_visible(timeout=PATIENCE_MS)
    expect(page.get_by_text(world.event.name)).to_have_count(0)
