"""Every page suits screen readers, keyboards and weak eyes, as far as axe-core can find out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.accessibility import Finding, findings
from tests.browser.accounts import known_buyer, known_staff, signed_in
from tests.browser.dashboard import PATIENCE_MS, Dashboard
from tests.support.world import World

OPEN, ON_GOING, BOOKED, OWN, UNPAID = range(5)
"""Places of the event's seats, by what they look like to the buyer of the test."""
IDLE = '[data-testid="stApp"][data-test-script-state="notRunning"]'


@dataclass
class Inspection:
    """Opens one page after the other in a tab and collects the findings."""

    page: Page
    found: list[Finding] = field(default_factory=list)

    def open(self, dashboard: Dashboard, path: str, landmark: Locator) -> None:
        """Inspects the page with that path, once it shows the landmark."""
        dashboard.open(path)
        self.inspect(path.partition("?")[0], landmark)

    def inspect(self, where: str, landmark: Locator) -> None:
        """Inspects what is shown, once the landmark is visible and the page's script has ended."""
        expect(landmark.first).to_be_visible(timeout=PATIENCE_MS)
        expect(self.page.locator(IDLE)).to_be_visible(timeout=PATIENCE_MS)
        self.found += findings(self.page, where)


def title(page: Page, words: str) -> Locator:
    return page.get_by_role("heading", level=1, name=words)


def inspect_as_guest(world: World, inspection: Inspection) -> None:
    page = inspection.page
    dashboard = Dashboard(page)
    inspection.open(dashboard, "/", page.get_by_role("link", name="Choose seats"))
    dashboard.open_event(world.event.id)
    dashboard.seat("A", 1 + OPEN).click()
    inspection.inspect("/event", page.get_by_role("button", name="Book for"))
    dashboard.seat("A", 1 + OPEN).click()
    dashboard.seat("B", 2).click()
    inspection.inspect("/event, a seat stays alone", page.get_by_role("button", name="Move my seats"))
    page.get_by_role("button", name="Choose", exact=True).click()
    inspection.inspect("/event, best seats", page.get_by_text("Your choice: "))
    inspection.open(dashboard, "/sign-in", title(page, "Welcome"))
    page.get_by_role("tab", name="Create an account").click()
    inspection.inspect("/sign-in, create an account", page.get_by_label("Your name"))


def inspect_as_buyer(world: World, inspection: Inspection) -> None:
    page = inspection.page
    dashboard, email = known_buyer(world, page, "Rina Wati")
    with signed_in(world, email) as buyer:
        paid, unpaid = world.book_and_pay(buyer, OWN), world.book(buyer, UNPAID)
        buyer.join_queue(world.seats[BOOKED].id)
    dashboard.open_event(world.event.id)
    dashboard.seat("A", 1 + ON_GOING).click()
    inspection.inspect("/event, taken seat", page.get_by_role("button", name="Join the queue"))
    inspection.open(dashboard, "/bookings", title(page, "My bookings"))
    inspection.open(dashboard, f"/booking?id={paid.id}", page.get_by_role("link", name="Download PDF"))
    inspection.open(dashboard, f"/booking?id={unpaid.id}", dashboard.pay_link())
    page.get_by_text("What happened, step by step").click()
    inspection.inspect("/booking, steps", page.get_by_role("listitem"))
    page.get_by_role("button", name="Cancel booking").click()
    inspection.inspect("/booking, cancelling", page.get_by_role("button", name="Yes, cancel it"))
    inspection.open(dashboard, "/queue", page.get_by_text("in line · joined"))
    inspection.open(dashboard, "/notifications", title(page, "Messages"))
    inspection.open(dashboard, "/account", title(page, "Account"))


def inspect_as_staff(world: World, inspection: Inspection) -> None:
    page = inspection.page
    dashboard = known_staff(world, page)
    dashboard.open_staff_event(world.event.id)
    for tab in ("Details", "Seats", "Close or cancel"):
        inspection.inspect(f"/staff-events, {tab}", dashboard.tab_panel(tab))
    inspection.open(dashboard, "/staff-bookings", title(page, "All bookings"))
    inspection.open(dashboard, "/staff-failures", title(page, "Failures"))
    inspection.open(dashboard, "/staff-queues", title(page, "Queues"))
    inspection.open(dashboard, "/staff-users", title(page, "Users"))


@pytest.mark.parametrize("scheme", ["light", pytest.param("dark", marks=pytest.mark.long)])
def test_axe_finds_nothing_on_any_page(world: World, page: Page, scheme: Literal["light", "dark"]) -> None:
    holder = world.buyer()
    world.book(holder, ON_GOING)
    world.book_and_pay(holder, BOOKED)
    inspection = Inspection(page)
    page.emulate_media(color_scheme=scheme)
    for visit in (inspect_as_guest, inspect_as_buyer, inspect_as_staff):
        page.context.clear_cookies()
        visit(world, inspection)
    assert not inspection.found, "\n".join(map(str, inspection.found))
