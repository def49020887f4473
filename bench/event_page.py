"""What the page of an event takes: to open it and to leave it open, and to draw a large hall and to move over it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from playwright.sync_api import Browser, CDPSession, Page, expect, sync_playwright

from bench.map_seats import Hall
from bench.processor_time import WITH_FRONTEND, between, precise_seconds
from devstack import chromium
from tests.support.stack import RunningStack

PATIENCE_MS = 120_000
WIDTH, HEIGHT = 1280, 880
FRAMES = 200
PAN = """(viewport, frames) => new Promise((done) => {
  const begun = performance.now();
  let left = frames;
  const step = () => {
    viewport.scrollTop += 40;
    viewport.scrollLeft += 7;
    left -= 1;
    if (left) requestAnimationFrame(step);
    else done(performance.now() - begun);
  };
  requestAnimationFrame(step);
})"""


@dataclass(frozen=True, slots=True)
class PageCost:
    """The processor time of opening the event's page, by process, in milliseconds; and that of a page that stays open,
    in milliseconds a second. The browser's own is not counted.
    """

    opening_ms: list[dict[str, float]]
    open_ms: dict[str, float]


@dataclass(frozen=True, slots=True)
class LargeHall:
    """A hall of so many seats in Chromium: after how many seconds it is drawn, the processor time of the dashboard and
    of the page's main thread until then, and the frames a second and the main thread's time for each while it moves.
    """

    seats: int
    drawn_seconds: float
    dashboard_ms: float
    main_thread_ms: float
    frames_per_second: float
    frame_ms: float


@contextmanager
def running_browser() -> Iterator[Browser]:
    """Runs Chromium during the block."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium.installed(), args=chromium.ARGUMENTS)
        yield browser
        browser.close()


def page_cost(
    stack: RunningStack, browser: Browser, event_id: str, *, openings: int, tabs: int, seconds: float
) -> PageCost:
    """Opens the event's page so often, then leaves so many tabs open for so many seconds."""
    _open(stack, browser, event_id).close()
    opened = [_opening(stack, browser, event_id) for _ in range(openings)]
    without = _used_in(stack, seconds)
    pages = [_open(stack, browser, event_id) for _ in range(tabs)]
    beside = _used_in(stack, seconds)
    for page in pages:
        page.close()
    return PageCost(opened, {name: 1000 * (beside[name] - without[name]) / (tabs * seconds) for name in beside})


def large_hall(stack: RunningStack, browser: Browser, seats: int) -> LargeHall:
    """Opens the page of a hall with so many seats and moves over it."""
    with Hall(stack.environment.ticket_database_url).built(seats) as hall:
        _open(stack, browser, hall.event_id).close()
        before, begun = precise_seconds(stack, ("frontend",)), time.perf_counter()
        page = _new_page(browser)
        session = page.context.new_cdp_session(page)
        session.send("Performance.enable", {"timeDomain": "threadTicks"})
        _go(page, stack, hall.event_id)
        drawn_seconds = time.perf_counter() - begun
        dashboard = between(before, precise_seconds(stack, ("frontend",)))["frontend"]
        main_thread = _main_thread_seconds(session)
        took_ms = page.locator(".viewport").evaluate(PAN, FRAMES)
        panned = _main_thread_seconds(session) - main_thread
        page.close()
    return LargeHall(
        seats=seats,
        drawn_seconds=round(drawn_seconds, 2),
        dashboard_ms=round(1000 * dashboard, 1),
        main_thread_ms=round(1000 * main_thread, 1),
        frames_per_second=round(1000 * FRAMES / took_ms, 1),
        frame_ms=round(1000 * panned / FRAMES, 2),
    )


def _opening(stack: RunningStack, browser: Browser, event_id: str) -> dict[str, float]:
    before = precise_seconds(stack, WITH_FRONTEND)
    page = _open(stack, browser, event_id)
    used = between(before, precise_seconds(stack, WITH_FRONTEND))
    page.close()
    return {name: 1000 * seconds for name, seconds in used.items()}


def _open(stack: RunningStack, browser: Browser, event_id: str) -> Page:
    page = _new_page(browser)
    _go(page, stack, event_id)
    return page


def _new_page(browser: Browser) -> Page:
    return browser.new_page(viewport={"width": WIDTH, "height": HEIGHT})


def _go(page: Page, stack: RunningStack, event_id: str) -> None:
    """Opens the event's page; returns once its seats are drawn."""
    page.goto(f"{stack.environment.frontend_url}/event?id={event_id}")
    expect(page.get_by_role("gridcell").first).to_be_visible(timeout=PATIENCE_MS)
    page.locator('[data-testid="stApp"][data-test-script-state="notRunning"]').wait_for(timeout=PATIENCE_MS)


def _main_thread_seconds(session: CDPSession) -> float:
    """Returns the processor time of the page's main thread since the session counts it."""
    metrics = session.send("Performance.getMetrics")["metrics"]
    return float(next(each["value"] for each in metrics if each["name"] == "TaskDuration"))


def _used_in(stack: RunningStack, seconds: float) -> dict[str, float]:
    before = precise_seconds(stack, WITH_FRONTEND)
    time.sleep(seconds)
    return between(before, precise_seconds(stack, WITH_FRONTEND))
