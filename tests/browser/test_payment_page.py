"""The hosted payment page with the longest texts that an invoice can have, on a phone and on a desk."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from playwright.sync_api import Page, expect

from devstack.deadlines import stretched
from tests.browser.visitors import DESK, PHONE
from tests.support.world import World

TEXTS = {
    "one long word": ("W" * 200, "W" * 500),
    "pictures": ("🎭" * 200, "🎫" * 500),
    "words": (("Sri Rahayu " * 20)[:200], ("Malam Gamelan, Balkon A12 " * 20)[:500]),
}
"""The customer's name and the description."""
NOTICE_SECONDS = 30


def invoice(world: World, name: str, description: str) -> dict[str, Any]:
    body = {
        "reference": str(uuid4()),
        "amount": 10**15,
        "currency": "USD",
        "description": description,
        "customer": {"id": str(uuid4()), "name": name, "email": "ayu@example.com"},
        "expires_at": (datetime.now(UTC) + timedelta(minutes=15)).isoformat(),
        "return_url": "http://127.0.0.1:8501/bookings?" + "x" * 1900,
    }
    made: dict[str, Any] = world.payment.call("POST", "/api/v1/invoices", json=body)
    return made


def expect_nothing_to_run_off(page: Page) -> None:
    """Neither the page nor any part of it is wider than what is seen."""
    wide = page.evaluate(
        "[...document.querySelectorAll('*')]"
        ".filter((part) => part.getBoundingClientRect().right > document.documentElement.clientWidth"
        " || part.scrollWidth > part.clientWidth && part.clientWidth > 0)"
        ".map((part) => part.outerHTML.slice(0, 80))"
    )
    assert wide == []


@pytest.mark.parametrize(
    "context", [PHONE, pytest.param(DESK, marks=pytest.mark.long)], ids=["phone", "desk"], indirect=True
)
@pytest.mark.parametrize("texts", TEXTS.values(), ids=TEXTS)
def test_the_longest_texts_stay_inside_the_payment_page(world: World, page: Page, texts: tuple[str, str]) -> None:
    made = invoice(world, *texts)
    page.goto(made["payment_url"])
    expect(page.locator(".description")).to_have_text(texts[1])
    expect(page.get_by_role("button", name="Pay ")).to_be_visible()
    expect_nothing_to_run_off(page)
    # The page notices by itself. There is no booking of this invoice, so it must not be paid.
    world.payment.call("POST", "/api/v1/invoices/void", json={"reference": made["reference"]})
    expect(page.get_by_role("status")).to_contain_text("No longer payable", timeout=1000 * stretched(NOTICE_SECONDS))
    expect_nothing_to_run_off(page)
