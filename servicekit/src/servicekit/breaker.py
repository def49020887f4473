"""A limit on the calls to each of many other systems, so that one that does not answer costs the others nothing.

A breaker opens after some failures in a row: then calls to that system are refused at once, until a pause is over.
Then one call may try (a probe). If it succeeds, the breaker closes; if not, the next pause is twice as long. Only so
many calls to one system may be under way at the same time. The state is that of this process.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import monotonic
from typing import Generic, TypeVar

import structlog

LONGEST_PAUSE = 6
"""The longest pause, in first pauses."""

Key = TypeVar("Key", bound=Hashable)
Clock = Callable[[], float]

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Limits:
    """What one system may cost: calls `at_once`, and `failures` in a row before a pause of `pause_seconds`."""

    at_once: int
    failures: int
    pause_seconds: float


class CallRefusedError(Exception):
    """The call was not made; it may be made in `seconds`."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"not called for {seconds:.1f} s")
        self.seconds = seconds


@dataclass(slots=True)
class _Breaker:
    """The state of one system. From `probe_at` on, one call may try."""

    limits: Limits
    under_way: int = 0
    failures: int = 0
    pause: float = 0
    probe_at: float = 0
    is_probing: bool = False

    @property
    def is_open(self) -> bool:
        return self.failures >= self.limits.failures

    def refused_for(self, now: float) -> float | None:
        """For how many seconds no call is allowed; None if one is."""
        if self.is_open and (self.is_probing or now < self.probe_at):
            return max(self.probe_at - now, 1.0)
        return 1.0 if self.under_way >= self.limits.at_once else None

    def failed(self, now: float, *, as_probe: bool) -> bool:
        """Counts a failure; returns whether a pause begins with it."""
        was_open = self.is_open
        self.failures += 1
        if self.is_open and (as_probe or not was_open):
            longest = LONGEST_PAUSE * self.limits.pause_seconds
            self.pause = min(2 * self.pause, longest) if as_probe else self.limits.pause_seconds
            self.probe_at = now + self.pause
            return True
        return False


@dataclass(slots=True)
class Breakers(Generic[Key]):
    """The breakers of all systems; only those that are called or have failed at present cost memory."""

    limits: Limits
    clock: Clock = monotonic
    _breakers: dict[Key, _Breaker] = field(default_factory=dict)

    def refused(self) -> set[Key]:
        """Returns the systems to which no call is allowed now."""
        now = self.clock()
        return {key for key, breaker in self._breakers.items() if breaker.refused_for(now) is not None}

    def open(self) -> list[Key]:
        """Returns the systems that have failed so often that they are not called but for probes."""
        return [key for key, breaker in self._breakers.items() if breaker.is_open]

    @contextmanager
    def call(self, key: Key, failure: type[Exception], *, proves_health: bool = True) -> Iterator[None]:
        """Runs a call to the system `key`; raises CallRefusedError instead if none is allowed.

        `failure` is what the call raises if the system does not answer. A call that ends well closes the breaker if it
        `proves_health`: one that only reads may work while those that matter do not.
        """
        breaker = self._breakers.setdefault(key, _Breaker(self.limits))
        seconds = breaker.refused_for(self.clock())
        if seconds is not None:
            raise CallRefusedError(seconds)
        is_probe = breaker.is_probing = breaker.is_open
        breaker.under_way += 1
        try:
            yield
        except failure:
            if breaker.failed(self.clock(), as_probe=is_probe):
                log.warning("breaker.open", system=str(key), failures=breaker.failures, seconds=breaker.pause)
            raise
        else:
            if proves_health:
                if breaker.is_open:
                    log.warning("breaker.closed", system=str(key))
                breaker.failures = 0
        finally:
            breaker.under_way -= 1
            if is_probe:
                breaker.is_probing = False
            if not breaker.under_way and not breaker.failures:
                self._breakers.pop(key, None)
