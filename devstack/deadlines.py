"""Deadlines that are stretched on a busy machine, where everything takes longer.

Every deadline of the workbench and of the tests is written for a quiet machine and stretched by `slowness`. Since load
comes and goes, `slowness` is measured when a deadline is set or is about to expire. A condition that never comes true
still fails, at the latest after `SLOWEST` times its deadline.
"""

import os
import time

WORK_ROUNDS = 100_000
QUIET_SECONDS = 0.01
"""The longest time that the fixed work takes on a quiet machine; a machine that takes longer is slow or busy."""
SLOWEST = 20.0
"""The largest slowness: that of forty programs that compute at the same time on two cores."""
MEASUREMENT_SECONDS = 5.0
"""How long a measurement stays valid. Measuring costs processor time, so it must not happen at every poll."""

_last: tuple[float, float] | None = None
"""The time and the result of this process's last measurement."""


def slowness() -> float:
    """Returns how many times slower than a quiet machine this one is at present: from 1 to `SLOWEST`."""
    global _last  # noqa: PLW0603 - one measurement serves the whole process
    now = time.monotonic()
    if _last is None or now - _last[0] > MEASUREMENT_SECONDS:
        _last = (time.monotonic(), _measured())
    return _last[1]


def _measured() -> float:
    """Measures the slowness. The time of fixed work shows the present load and limits; the load average also shows load
    that has just ended.
    """
    begun = time.perf_counter()
    _work()
    work = (time.perf_counter() - begun) / QUIET_SECONDS
    load = os.getloadavg()[0] / (os.cpu_count() or 1)
    return min(SLOWEST, max(1.0, work, load))


def _work() -> int:
    return sum(number * number % 7 for number in range(WORK_ROUNDS))


def stretched(seconds: float) -> float:
    """Returns a stretched time-out, for a call that has a time-out of its own."""
    return seconds * slowness()


class Deadline:
    """A deadline that is over `seconds` of a quiet machine after its creation."""

    def __init__(self, seconds: float) -> None:
        self._begun = time.monotonic()
        self._seconds = seconds
        self.granted = seconds
        """The seconds to which the machine's load has stretched the deadline so far."""

    def is_over(self) -> bool:
        """Whether to stop waiting. Measures the load only when the time granted so far has passed."""
        if self._passed() > self.granted:
            self.granted = max(self.granted, self._seconds * slowness())
        return self._passed() > self.granted

    def _passed(self) -> float:
        return time.monotonic() - self._begun
