"""A real browser on the running dashboard; anything that it complains about in its console fails the test."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Playwright, sync_playwright

from devstack import chromium
from devstack.deadlines import stretched
from tests.browser.accounts import known_staff
from tests.browser.staff import StaffDashboard
from tests.browser.visitors import DESK, Visitors
from tests.support.stack import RunningStack
from tests.support.world import World

DEEP_LINK_PROBE = re.compile(r"https?://[^/]+/[a-z-]+/_stcore/(health|host-config)")
"""On a deep link Streamlit looks for itself below the page's path before it looks at the root, and gets a 404 there."""


@pytest.fixture(scope="session")
def stack_settings() -> Mapping[str, str]:
    """A browser takes its time while ticket stands still, so the client must not give up its request meanwhile.

    A person has as few seats to pay for here as anywhere.
    """
    return {"REQUESTED_GRACE_SECONDS": f"{stretched(15):.0f}", "UNPAID_SEATS_PER_BUYER": "20"}


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    launched = playwright.chromium.launch(executable_path=chromium.installed(), args=chromium.ARGUMENTS)
    yield launched
    launched.close()


@pytest.fixture(scope="session")
def visitors(browser: Browser, stack: RunningStack) -> Visitors:
    """The visitors of this session's dashboard."""
    return Visitors(browser, stack.environment.frontend_url)


@pytest.fixture(params=[DESK], ids=["desk"])
def context(request: pytest.FixtureRequest, visitors: Visitors) -> Iterator[BrowserContext]:
    """A visitor who was never here; `param` is the size of the window."""
    with visitors.come(size=request.param) as opened:
        yield opened


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A tab; at the end its console must have been free of errors."""
    complaints: list[str] = []

    def listen(message: ConsoleMessage) -> None:
        url = message.location.get("url", "")
        if message.type == "error" and not ("404" in message.text and DEEP_LINK_PROBE.fullmatch(url)):
            complaints.append(f"{message.text} ({url})")

    def watch(opened: Page) -> None:
        opened.on("console", listen)
        opened.on("pageerror", lambda error: complaints.append(str(error)))

    context.on("page", watch)
    tab = context.new_page()
    yield tab
    context.remove_listener("page", watch)
    assert not complaints, "\n".join(complaints)


@pytest.fixture
def staff(world: World, page: Page) -> StaffDashboard:
    """A tab in which the stack's staff account is signed in."""
    return known_staff(world, page)
