"""Who signs out in one tab has signed out of the browser."""

from __future__ import annotations

from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.accounts import known_buyer
from tests.browser.dashboard import PATIENCE_MS, Dashboard
from tests.support.world import World


def test_a_sign_out_leaves_nothing_of_the_person_in_the_other_tabs(
    world: World, page: Page, context: BrowserContext
) -> None:
    dashboard, email = known_buyer(world, page, "Qori Amalia")
    dashboard.open("/account")
    others = [Dashboard(context.new_page()) for _ in range(2)]
    for other, path in zip(others, ("/account", f"/event?id={world.event.id}"), strict=True):
        other.open(path)
        other.expect_signed_in()
    expect(others[0].page.get_by_text(email)).to_be_visible(timeout=PATIENCE_MS)
    page.get_by_role("button", name="Sign out").click()
    expect(others[0].page.get_by_text("Sign in to see your account.")).to_be_visible(timeout=PATIENCE_MS)
    for other in others:
        expect(other.menu("Sign in")).to_be_visible(timeout=PATIENCE_MS)
        expect(other.menu("My bookings")).to_have_count(0)
        expect(other.page.get_by_text(email)).to_have_count(0)
    assert others[1].page.url.endswith(f"/event?id={world.event.id}")
