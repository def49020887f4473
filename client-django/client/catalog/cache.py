"""A brief memory of the catalogue in each process. One thread asks ticket for what many want at once;
the others wait for it.
"""

import hashlib
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

from client.errors import TicketUnavailableError

MAX_ENTRIES = 256
UNAVAILABLE_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Page:
    """A JSON body with its validator (RFC 9110, section 8.8.3)."""

    body: bytes
    etag: str

    @classmethod
    def of(cls, body: bytes) -> "Page":
        return cls(body=body, etag=f'"{hashlib.blake2b(body, digest_size=12).hexdigest()}"')


@dataclass(slots=True)
class _Entry:
    lock: threading.Lock = field(default_factory=threading.Lock)
    page: Page | None = None
    fresh_until: float = 0.0
    unavailable_until: float | None = None
    """Ticket did not answer last time; until then nobody asks again, and after that one thread at a time does."""


class PageCache:
    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._entries: OrderedDict[str, _Entry] = OrderedDict()

    def get(self, key: str, *, seconds: float, load: Callable[[], bytes]) -> Page:
        """The page under the key, at most `seconds` old. What `load` raises is raised, and nothing is remembered but
        that ticket is away: then only one of many callers waits for it.
        """
        entry = self._entry(key)
        if page := self._fresh(entry):
            return page
        if not entry.lock.acquire(blocking=entry.unavailable_until is None):
            raise TicketUnavailableError
        try:
            return self._fresh(entry) or self._load(entry, seconds, load)
        finally:
            entry.lock.release()

    def _fresh(self, entry: _Entry) -> Page | None:
        now = self._clock()
        if entry.unavailable_until is not None and now < entry.unavailable_until:
            raise TicketUnavailableError
        return entry.page if now < entry.fresh_until else None

    def _load(self, entry: _Entry, seconds: float, load: Callable[[], bytes]) -> Page:
        try:
            page = Page.of(load())
        except TicketUnavailableError:
            entry.unavailable_until = self._clock() + UNAVAILABLE_SECONDS
            raise
        except Exception:
            entry.unavailable_until = None
            raise
        entry.page, entry.fresh_until, entry.unavailable_until = page, self._clock() + seconds, None
        return page

    def clear(self) -> None:
        with self._lock:
            self._entries.clear()

    def _entry(self, key: str) -> _Entry:
        with self._lock:
            entry = self._entries.setdefault(key, _Entry())
            self._entries.move_to_end(key)
            while len(self._entries) > MAX_ENTRIES:
                self._entries.popitem(last=False)
            return entry
