"""Visitors of the dashboard: each comes with a browser that knows nothing of those before."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, BrowserContext, CDPSession

from tests.browser.dashboard import PATIENCE_MS

DESK, PHONE = (1280, 900), (390, 844)
ON_BOTH = pytest.mark.parametrize(
    "context", [pytest.param(DESK, marks=pytest.mark.long), PHONE], ids=["desk", "phone"], indirect=True
)
"""On a desk and on a phone. The short form takes the phone, as every other test sits at a desk."""
STORED = "cookies,local_storage,indexeddb,service_workers,cache_storage"


class _Kept:
    """A browser context with a blank tab, through which its storage is emptied."""

    def __init__(self, context: BrowserContext) -> None:
        self.context = context
        self._blank = context.new_page()
        self._storage: CDPSession = context.new_cdp_session(self._blank)

    def forget(self, url: str) -> None:
        """Closes the visitor's tabs, which ends their session storage, and deletes what pages at `url` stored."""
        for tab in self.context.pages:
            if tab is not self._blank:
                tab.close()
        self.context.clear_cookies()
        self._storage.send("Storage.clearDataForOrigin", {"origin": url, "storageTypes": STORED})


class Visitors:
    """Keeps a browser context for each kind of visitor and empties it after each.

    A new context has an empty cache: it would fetch all scripts, styles and fonts from the dashboard again.
    """

    def __init__(self, browser: Browser, url: str) -> None:
        self._browser, self._url = browser, url
        self._kept: dict[tuple[tuple[int, int], str], _Kept] = {}

    @contextmanager
    def come(self, *, size: tuple[int, int] = DESK, timezone_id: str = "Asia/Jakarta") -> Iterator[BrowserContext]:
        """A visitor with a window of that size and a clock in that time zone."""
        kind = (size, timezone_id)
        if kind not in self._kept:
            self._kept[kind] = _Kept(self._open(size, timezone_id))
        kept = self._kept[kind]
        try:
            yield kept.context
        finally:
            kept.forget(self._url)

    def _open(self, size: tuple[int, int], timezone_id: str) -> BrowserContext:
        """Nothing moves in it: animations cost the machine a fifth of each page, and a button that moves is missed."""
        width, height = size
        opened = self._browser.new_context(
            viewport={"width": width, "height": height},
            base_url=self._url,
            has_touch=width < 500,
            locale="en-GB",
            timezone_id=timezone_id,
            reduced_motion="reduce",
        )
        opened.set_default_timeout(PATIENCE_MS)
        return opened
