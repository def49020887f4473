"""Whether ticket answers anybody at all. While it does not, reading it is not worth a wait for each caller."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from client.domain.errors import TicketUnavailableError

PAUSE_SECONDS = 1.0


class Reachability:
    """Ticket counts as unreachable from a call that got no answer, while nobody else got one either, until any answer.

    Meanwhile reads fail at once, except for one per second, which finds out whether ticket answers again.
    """

    def __init__(self, *, pause: float = PAUSE_SECONDS, clock: Callable[[], float] = time.monotonic) -> None:
        self.pause = pause
        self._clock = clock
        self._lock = threading.Lock()
        self._answered_at = clock()
        self._asks_again_at: float | None = None
        self._is_asked = False

    def is_lost(self) -> bool:
        with self._lock:
            return self._asks_again_at is not None

    def no_answer(self, *, since: float) -> None:
        """A call that began at `since` got no answer."""
        with self._lock:
            if self._answered_at <= since:
                self._asks_again_at = self._clock() + self.pause

    def restore(self) -> None:
        """Ticket has answered, or is to be asked as if it had."""
        with self._lock:
            self._answered_at = self._clock()
            self._asks_again_at = None

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Raises TicketUnavailableError when another caller finds out whether ticket answers again."""
        with self._lock:
            is_lost = self._asks_again_at is not None
            if self._asks_again_at is not None and (self._is_asked or self._clock() < self._asks_again_at):
                raise TicketUnavailableError
            self._is_asked = self._is_asked or is_lost
        try:
            yield
        finally:
            if is_lost:
                with self._lock:
                    self._is_asked = False


reachability = Reachability()
