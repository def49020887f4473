"""Deadlines that a busy machine stretches: what takes a second on a quiet one takes many beside a busy loop.

Every deadline of the workbench and of the tests is written for a quiet machine. It is stretched by `slowness`, which is
measured when a deadline is set or about to expire, not once at the start: load comes and goes. A condition that never
comes true still fails, at the latest after `SLOWEST` times its deadline.
"""

import os
import time

WORK_ROUNDS = 300_000
QUIET_SECONDS = 0.03
"""What the fixed work takes at most on a quiet machine; one that needs longer is slow or has other things to do."""
SLOWEST = 20.0
"""The ceiling: forty programs that compute at once on two cores."""
MEASUREMENT_SECONDS = 5.0
"""How long a measurement is good for. It costs its work, so it must not be made at every look."""

_last: tuple[float, float] | None = None
"""When this process measured, and what."""


def slowness() -> float:
    """How many times slower than a quiet machine this one is at present: from 1 to `SLOWEST`."""
    global _last  # noqa: PLW0603 - one measurement serves the whole process
    now = time.monotonic()
    if _last is None or now - _last[0] > MEASUREMENT_SECONDS:
        _last = (time.monotonic(), _measured())
    return _last[1]


def _measured() -> float:
    """The time that fixed work takes feels any load and any limit at once; the load of the last minute still knows of
    what has just gone.
    """
    begun = time.perf_counter()
    _work()
    work = (time.perf_counter() - begun) / QUIET_SECONDS
    load = os.getloadavg()[0] / (os.cpu_count() or 1)
    return min(SLOWEST, max(1.0, work, load))


def _work() -> int:
    return sum(number * number % 7 for number in range(WORK_ROUNDS))


def stretched(seconds: float) -> float:
    """A time-out for a call that waits by itself."""
    return seconds * slowness()


class Deadline:
    """Over after `seconds` of a quiet machine, counted from its making."""

    def __init__(self, seconds: float) -> None:
        self._begun = time.monotonic()
        self._seconds = seconds
        self.granted = seconds
        """Seconds that the machine's load has made of it so far."""

    def is_over(self) -> bool:
        """Whether to stop waiting. The load is measured only when the time granted so far has passed."""
        if self._passed() > self.granted:
            self.granted = max(self.granted, self._seconds * slowness())
        return self._passed() > self.granted

    def _passed(self) -> float:
        return time.monotonic() - self._begun
