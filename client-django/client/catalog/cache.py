"""Caches the catalogue in each process for a short time. When many callers want one page, one thread asks ticket and
the others wait for it.
"""

import hashlib
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

from client.domain.errors import TicketUnavailableError
from client.outgoing.deadline import seconds_left_of_request

MOST_ENTRIES = 256
MOST_BYTES = 16 * 1024 * 1024
"""Of all pages together: everybody may ask for as many different pages as they like."""


@dataclass(frozen=True, slots=True)
class Page:
    """A JSON body with its entity tag (RFC 9110, section 8.8.3); `zipped` is the body compressed, if it is kept so."""

    body: bytes
    etag: str
    zipped: bytes = b""

    @property
    def size(self) -> int:
        return len(self.body) + len(self.zipped)

    @classmethod
    def of(cls, loaded: "bytes | Page") -> "Page":
        """Returns the page; the tag of a body without its own is its hash."""
        if isinstance(loaded, Page):
            return loaded
        return cls(body=loaded, etag=f'"{hashlib.blake2b(loaded, digest_size=12).hexdigest()}"')


@dataclass(slots=True)
class _Entry:
    lock: threading.Lock = field(default_factory=threading.Lock)
    page: Page | None = None
    fresh_until: float = 0.0

    @property
    def size(self) -> int:
        return 0 if self.page is None else self.page.size


class PageCache:
    def __init__(
        self, *, clock: Callable[[], float] = time.monotonic, source_is_unreachable: Callable[[], bool] = lambda: False
    ) -> None:
        self._clock = clock
        self._source_is_away = source_is_unreachable
        self._lock = threading.Lock()
        self._entries: OrderedDict[str, _Entry] = OrderedDict()
        self._bytes = 0

    def get(self, key: str, *, seconds: float, load: Callable[[], bytes | Page], anew: bool = False) -> Page:
        """Returns the page of the key, at most `seconds` old; with `anew`, as it is now. An exception of `load` is
        passed on and nothing is cached.

        Raises TicketUnavailableError, instead of waiting for another caller's `load`, while ticket is unreachable or
        when the request's time is over.
        """
        entry = self._entry(key)
        if entry.page is not None and self._clock() < entry.fresh_until and not anew:
            return entry.page
        if not self._enter(entry):
            raise TicketUnavailableError
        try:
            if anew or entry.page is None or self._clock() >= entry.fresh_until:
                return self._keep(key, entry, Page.of(load()), seconds)
            return entry.page
        finally:
            entry.lock.release()

    def kept(self, key: str) -> Page | None:
        """Returns the page that was last loaded, however old it is; `load` may ask whether it still holds."""
        with self._lock:
            entry = self._entries.get(key)
        return entry.page if entry else None

    def _enter(self, entry: _Entry) -> bool:
        """Waits until no other caller loads the page, at most until the deadline of the request."""
        if self._source_is_away():
            return entry.lock.acquire(blocking=False)
        left = seconds_left_of_request()
        return entry.lock.acquire(timeout=-1 if left is None else max(0.0, left))

    def _keep(self, key: str, entry: _Entry, page: Page, seconds: float) -> Page:
        with self._lock:
            # While it was loaded, others may have taken its place, or emptied the cache.
            if self._entries.get(key) is entry:
                self._bytes += page.size - entry.size
                entry.page, entry.fresh_until = page, self._clock() + seconds
                self._forget_beyond_limits()
        return page

    def _forget_beyond_limits(self) -> None:
        """Forgets the pages that were asked for least recently."""
        while len(self._entries) > MOST_ENTRIES or self._bytes > MOST_BYTES:
            _, forgotten = self._entries.popitem(last=False)
            self._bytes -= forgotten.size

    def clear(self) -> None:
        with self._lock:
            self._entries.clear()
            self._bytes = 0

    def _entry(self, key: str) -> _Entry:
        with self._lock:
            entry = self._entries.setdefault(key, _Entry())
            self._entries.move_to_end(key)
            self._forget_beyond_limits()
            return entry
