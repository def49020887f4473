"""Bounds how much of something each key, an address for instance, may use at a time."""

import threading
from collections import Counter


class UsePerKey:
    """Counts uses by key. Keys that nobody uses take no memory."""

    def __init__(self, *, limit: int) -> None:
        self._limit = limit
        self._used: Counter[str] = Counter()
        self._lock = threading.Lock()

    def enter(self, key: str) -> bool:
        """Counts one more use and returns True, or returns False if the key has as many as it may."""
        with self._lock:
            if self._used[key] >= self._limit:
                return False
            self._used[key] += 1
            return True

    def is_full(self, key: str) -> bool:
        """Returns whether the key has as many uses as it may."""
        with self._lock:
            return self._used[key] >= self._limit

    def leave(self, key: str) -> None:
        with self._lock:
            self._used[key] -= 1
            if self._used[key] <= 0:
                del self._used[key]
