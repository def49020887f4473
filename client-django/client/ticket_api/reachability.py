"""Tracks whether ticket answers. While ticket is unreachable, most reads fail at once instead of waiting."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from client.domain.errors import TicketUnavailableError

PAUSE_SECONDS = 1.0


class Reachability:
    """Ticket is unreachable once a call got no answer while no other call got one. Any answer makes it reachable again.

    While it is unreachable, reads fail at once, except for one read per second that tests whether ticket answers.
    """

    def __init__(self, *, pause: float = PAUSE_SECONDS, clock: Callable[[], float] = time.monotonic) -> None:
        self.pause = pause
        self._clock = clock
        self._lock = threading.Lock()
        self._answered_at = clock()
        self._asks_again_at: float | None = None
        self._is_asked = False

    def is_unreachable(self) -> bool:
        with self._lock:
            return self._asks_again_at is not None

    def record_no_answer(self, *, since: float) -> None:
        """Records that a call that began at `since` got no answer."""
        with self._lock:
            if self._answered_at <= since:
                self._asks_again_at = self._clock() + self.pause

    def mark_reachable(self) -> None:
        """Makes ticket reachable: it has answered, or it is to be asked as if it had."""
        with self._lock:
            self._answered_at = self._clock()
            self._asks_again_at = None

    @contextmanager
    def guard_read(self) -> Iterator[None]:
        """Guards a read. Raises TicketUnavailableError if another caller's read is testing whether ticket answers."""
        with self._lock:
            is_unreachable = self._asks_again_at is not None
            if self._asks_again_at is not None and (self._is_asked or self._clock() < self._asks_again_at):
                raise TicketUnavailableError
            self._is_asked = self._is_asked or is_unreachable
        try:
            yield
        finally:
            if is_unreachable:
                with self._lock:
                    self._is_asked = False


reachability = Reachability()
