"""Somebody before a browser; what they do is filmed."""

from __future__ import annotations

import io
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager

from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect
from playwright.sync_api import TimeoutError as NotInTimeError

from demo.film.camera import Camera, Point
from demo.film.typesetter import ADDRESS_HEIGHT, PAGE_HEIGHT, WIDTH

WINDOW_WIDTH = 1440
SCALE = WIDTH / WINDOW_WIDTH
WINDOW_HEIGHT = round((PAGE_HEIGHT - ADDRESS_HEIGHT) / SCALE)
PATIENCE_MS = 40_000
SCREENSHOT_MS, SCREENSHOT_TRIES = 8_000, 5
POINTER_STEPS = 5
LIVE_SECONDS = 0.5
LONGEST_ADDRESS = 120
QUIET = '[data-testid="stApp"][data-test-script-state="notRunning"]'


class Person:
    """One browser of one's own: nobody else's cookies."""

    def __init__(self, browser: Browser, camera: Camera, name: str, colour: str) -> None:
        self.name, self._colour, self._camera = name, colour, camera
        self._context: BrowserContext = browser.new_context(
            viewport={"width": WINDOW_WIDTH, "height": WINDOW_HEIGHT},
            device_scale_factor=SCALE,
            locale="en-GB",
            timezone_id="Asia/Jakarta",
        )
        self._context.set_default_timeout(PATIENCE_MS)
        self.page: Page = self._context.new_page()
        self._pointer: Point = (WIDTH * 0.55, PAGE_HEIGHT * 0.6)

    def close(self) -> None:
        """Closes the browser's window."""
        self._context.close()

    def open(self, url: str, ready: Locator | None = None) -> None:
        """Goes to an address; `ready` is what has to be there before anything is filmed."""
        self.page.goto(url, wait_until="load")
        if ready is not None:
            expect(ready.first).to_be_visible(timeout=PATIENCE_MS)
        self.settle()

    def settle(self) -> None:
        """Returns once a page of the dashboard has stopped working; other pages are ready when they are loaded."""
        if self.page.locator('[data-testid="stApp"]').count():
            self.page.locator(QUIET).wait_for(state="attached")
        self.page.evaluate(
            "document.fonts.ready.then(() => new Promise(done => requestAnimationFrame(() => done(null))))"
        )

    def window(self) -> Image.Image:
        """What is on the screen now."""
        shot = Image.open(io.BytesIO(self._screenshot())).convert("RGB")
        url = self.page.url if len(self.page.url) <= LONGEST_ADDRESS else self.page.url[:LONGEST_ADDRESS] + "…"
        return self._camera.browser(shot, self.name, self._colour, url)

    def _screenshot(self) -> bytes:
        # A page that is just loading another one may never draw the frame that the picture waits for.
        for _ in range(SCREENSHOT_TRIES - 1):
            try:
                return self.page.screenshot(animations="disabled", timeout=SCREENSHOT_MS)
            except NotInTimeError:
                self.page.bring_to_front()
        return self.page.screenshot(animations="disabled", timeout=SCREENSHOT_MS)

    def look(self, seconds: float) -> None:
        """The viewer looks at the page."""
        self._camera.show(self.window(), seconds)

    def look_at(self, locator: Locator, seconds: float) -> None:
        """The same, with something brought into sight first."""
        locator.first.scroll_into_view_if_needed()
        self.settle()
        self.look(seconds)

    def scroll(self, pixels: int, seconds: float) -> None:
        """Scrolls in steps, then holds."""
        self.page.mouse.move(WINDOW_WIDTH / 2, WINDOW_HEIGHT / 2)
        for _ in range(4):
            self.page.mouse.wheel(0, pixels / 4)
            self.page.evaluate(
                "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(null))))"
            )
            self.look(0.12)
        self.look(seconds)

    def point(self, locator: Locator, *, click: bool = True) -> None:
        """The pointer travels there and clicks."""
        target = locator.first
        expect(target).to_be_visible(timeout=PATIENCE_MS)
        target.scroll_into_view_if_needed()
        box = target.bounding_box()
        assert box is not None  # noqa: S101 - it is visible
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        there = (x * SCALE, y * SCALE + ADDRESS_HEIGHT)
        self._camera.pointer(self.window(), list(_path(self._pointer, there)), click=click)
        self._pointer = there
        self.page.mouse.move(x, y)

    def click(self, locator: Locator) -> None:
        """Points and clicks."""
        self.point(locator)
        locator.first.click()
        self.settle()

    def fill(self, locator: Locator, text: str) -> None:
        """Points at a field and fills it."""
        self.point(locator)
        locator.first.fill(text)
        self.look(0.3)

    def watch_until(self, locator: Locator, most_seconds: float = 40) -> None:
        """Films what happens until something appears."""
        deadline = time.monotonic() + most_seconds
        while not locator.first.is_visible():
            if time.monotonic() > deadline:
                expect(locator.first).to_be_visible(timeout=1)
            self.look(LIVE_SECONDS)
            self.page.wait_for_timeout(LIVE_SECONDS * 1000)  # a film runs in real time
        self.settle()

    @contextmanager
    def other_tab(self, link: Locator) -> Iterator[None]:
        """Follows a link that opens a tab of its own, and comes back."""
        before = self.page
        self.point(link)
        with self._context.expect_page() as opened:
            link.first.click()
        self.page = opened.value
        self.page.wait_for_load_state()
        yield
        self.page.close()
        self.page = before
        self.page.bring_to_front()

    def link(self, name: str) -> Locator:
        return self.page.get_by_role("link", name=re.compile(name))

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=re.compile(name))


def _path(start: Point, end: Point) -> Iterator[Point]:
    for step in range(1, POINTER_STEPS + 1):
        part = step / POINTER_STEPS
        eased = part * part * (3 - 2 * part)
        yield (start[0] + (end[0] - start[0]) * eased, start[1] + (end[1] - start[1]) * eased)
