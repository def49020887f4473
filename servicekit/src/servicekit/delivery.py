"""Deliveries of webhooks: when an attempt is followed by another, and when it is given up (DESIGN section 5)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

RETRY_DELAYS = tuple(
    timedelta(seconds=seconds) for seconds in (1, 5, 30, 5 * 60, 30 * 60, 2 * 3600, 5 * 3600, 10 * 3600)
)
JITTER = 0.2
"""Up to this share is added to a delay, so that deliveries that failed together do not come back together."""
GONE = 410


class DeliveryState(StrEnum):
    """PENDING while attempts are still made; DEAD once given up, until somebody asks for a redelivery."""

    PENDING = "PENDING"
    DELIVERED = "DELIVERED"
    DEAD = "DEAD"


@dataclass(frozen=True, slots=True)
class AttemptOutcome:
    """How one attempt went: `status_code` is None if no answer came, and then `error` says why."""

    status_code: int | None
    latency_ms: int
    error: str | None = None

    @property
    def is_gone(self) -> bool:
        """Whether the receiver wants no more webhooks."""
        return self.status_code == GONE


@dataclass(frozen=True, slots=True)
class Verdict:
    """What follows from an attempt: the delivery's state, and the delay until the next attempt while it is PENDING."""

    state: DeliveryState
    retry_after: timedelta | None = None


def judge(outcome: AttemptOutcome, *, attempt: int, chance: float) -> Verdict:
    """What follows from attempt number `attempt` of its round (the first is 1); `chance`, 0 to 1, places the jitter."""
    if outcome.status_code is not None and 200 <= outcome.status_code < 300:
        return Verdict(DeliveryState.DELIVERED)
    if outcome.is_gone or attempt > len(RETRY_DELAYS):
        return Verdict(DeliveryState.DEAD)
    return Verdict(DeliveryState.PENDING, RETRY_DELAYS[attempt - 1] * (1 + JITTER * chance))
