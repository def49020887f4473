"""When those whom a full lane refuses shall come again.

Each is given a second of its own calendar: the next one in which fewer are expected than the lane can deal with. So a
crowd comes again no faster than it is served, and nobody waits for longer than the crowd takes.
"""

import threading
import time
from collections import Counter
from collections.abc import Callable

LONGEST_SECONDS = 60
EXPECTED_PER_SERVED = 3
"""How many are told the same second for each request that the lane serves in a second.

Refusing costs a hundredth of serving, so a place that stays empty is dearer than somebody who is refused again. The
figure also shortens the wait of those who were told before the lane became faster, as it does when all seats are taken.
"""
LOOK_SECONDS = 1.0


class Pause:
    """The calendar of one lane. A lane serves at least `places` requests a second, or as many as it did lately."""

    def __init__(self, *, places: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._places, self._clock = places, clock
        self._expected = Counter[int]()
        self._per_second = float(places)
        self._served = 0
        self._since = clock()
        self._lock = threading.Lock()

    def served(self) -> None:
        """Counts a request that has got a place."""
        with self._lock:
            self._served += 1

    def refused(self) -> int:
        """Returns the seconds after which a request that was refused shall come again, from 1 to LONGEST_SECONDS."""
        with self._lock:
            now = self._clock()
            self._look(now)
            this = int(now)
            seconds = range(this + 1, this + 1 + LONGEST_SECONDS)
            most = EXPECTED_PER_SERVED * self._per_second
            free = (second for second in seconds if self._expected[second] < most)
            # If every second is full, the crowd is spread evenly.
            chosen = next(free, None) or min(seconds, key=self._expected.__getitem__)
            self._expected[chosen] += 1
            return chosen - this

    def _look(self, now: float) -> None:
        elapsed = now - self._since
        if elapsed < LOOK_SECONDS:
            return
        self._per_second = max(float(self._places), self._served / elapsed)
        self._served, self._since = 0, now
        for second in [each for each in self._expected if each <= now]:
            del self._expected[second]
