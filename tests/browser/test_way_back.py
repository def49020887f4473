"""A deep link survives signing in, also with a reload in between."""

from __future__ import annotations

import re
from uuid import uuid4

from playwright.sync_api import Page, expect

from tests.browser.dashboard import PASSWORD, PATIENCE_MS, Dashboard
from tests.support.world import World


def test_a_link_to_a_booking_leads_there_after_a_reload_of_the_sign_in_page(world: World, page: Page) -> None:
    buyer = world.buyer("Omar Said")
    booking = world.book(buyer, 0)
    dashboard = Dashboard(page)
    dashboard.open(f"/booking?id={booking.id}")
    expect(page.get_by_text("Sign in to see your booking.")).to_be_visible(timeout=PATIENCE_MS)
    page.reload()
    dashboard.sign_in(buyer.account.email, PASSWORD)
    expect(dashboard.pay_link()).to_be_visible(timeout=PATIENCE_MS)
    assert page.url.endswith(f"/booking?id={booking.id}")
    expect(page).to_have_title(f"Booking: {world.event.name} · Tickets")


def test_who_registers_by_the_menu_comes_back_to_the_event_with_the_chosen_seat(world: World, page: Page) -> None:
    seat = world.seats[3]
    dashboard = Dashboard(page)
    dashboard.open_event(world.event.id)
    expect(page).to_have_title(f"{world.event.name} · Tickets")
    dashboard.seat(seat.row, seat.number).click()
    expect(page.get_by_role("button", name=re.compile("Book for "))).to_be_enabled()
    dashboard.menu("Sign in").click()
    expect(page.get_by_role("heading", name="Welcome")).to_be_visible(timeout=PATIENCE_MS)
    expect(page).to_have_url(re.compile("next="))
    page.reload()
    dashboard.fill_registration("Putri Ayu", f"{uuid4().hex[:12]}@example.com")
    expect(dashboard.seat(seat.row, seat.number)).to_have_accessible_name(
        re.compile("your choice"), timeout=PATIENCE_MS
    )
    assert page.url.endswith(f"/event?id={world.event.id}")
