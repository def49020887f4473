"""Staff see who queues for an event's seats, and who did."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser.dashboard import PATIENCE_MS
from tests.browser.staff import StaffDashboard
from tests.support.world import World


def test_ended_entries_are_shown_on_request(world: World, page: Page, staff: StaffDashboard) -> None:
    world.book(world.buyer(), 0)
    leaving, staying = world.buyer("Rina Wati"), world.buyer("Budi Santoso")
    left = leaving.join_queue(world.seats[0].id)
    staying.join_queue(world.seats[0].id)
    leaving.leave_queue(left.id)
    staff.open(f"/staff-queues?event={world.event.id}")
    expect(page.get_by_text("1 entry")).to_be_visible(timeout=PATIENCE_MS)
    page.get_by_text("Show ended entries too").click()
    expect(page.get_by_text("2 entries")).to_be_visible(timeout=PATIENCE_MS)
