"""How long those whom a full lane refuses shall wait before they come again.

If thousands come again every second, refusing them takes the time in which they could be served. So the pause grows
until those who are refused are few beside those who are served, and shrinks again when the crowd has gone.
"""

import random
import threading
import time
from collections.abc import Callable

LONGEST_SECONDS = 60.0
WANTED = 0.5
"""How many refusals for each request that gets a place: two thirds of the requests that come are served then."""
LOOK_SECONDS = 1.0
FEW = 20
"""So many refusals since the last look are no crowd."""
MOST_CHANGE = 2.0
"""The pause grows or shrinks at most by this factor at each look."""


class Pause:
    """The pause of one lane, measured anew every `LOOK_SECONDS` from what was refused and served since."""

    def __init__(self, clock: Callable[[], float] = time.monotonic, chance: random.Random | None = None) -> None:
        self._clock, self._chance = clock, chance or random.Random()
        self._seconds = 1.0
        self._refused = self._served = 0
        self._since = clock()
        self._lock = threading.Lock()

    def served(self) -> None:
        """Counts a request that has got a place."""
        with self._lock:
            self._served += 1

    def refused(self) -> int:
        """Counts a refusal and returns the seconds after which to come again: about the pause, so that not all come
        at once.
        """
        with self._lock:
            self._refused += 1
            self._look()
            return self._chance.randint(max(1, round(self._seconds / 2)), max(1, round(self._seconds * 1.5 - 0.5)))

    def _look(self) -> None:
        elapsed = self._clock() - self._since
        if elapsed < LOOK_SECONDS:
            return
        ratio = self._refused / max(self._served, 1) / WANTED if self._refused > FEW else 0
        change = min(max(ratio, 1 / MOST_CHANGE), MOST_CHANGE)
        # Nobody who was told to wait is still to come if nobody has come for longer than that.
        seconds = self._seconds * change if elapsed < 2 * LONGEST_SECONDS else 1.0
        self._seconds = min(max(seconds, 1.0), LONGEST_SECONDS)
        self._refused = self._served = 0
        self._since = self._clock()
