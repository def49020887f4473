"""Deliveries of webhooks: when an attempt is followed by another, and when it is given up (DESIGN section 5)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from ticketing.domain.errors import DomainError

RETRY_DELAYS = tuple(
    timedelta(seconds=seconds) for seconds in (1, 5, 30, 5 * 60, 30 * 60, 2 * 3600, 5 * 3600, 10 * 3600)
)
JITTER = 0.2
"""Up to this share is added to a delay, so that what failed together does not come back together."""

GONE = 410


class DeliveryState(StrEnum):
    """PENDING while it is tried by itself; DEAD once given up, until staff redeliver it."""

    PENDING = "PENDING"
    DELIVERED = "DELIVERED"
    DEAD = "DEAD"


class DeliveryStillTriedError(DomainError):
    """The delivery is being tried by itself and needs no help."""


@dataclass(frozen=True, slots=True)
class AttemptOutcome:
    """How one attempt went: `status_code` is None when no answer came, and then `error` says why."""

    status_code: int | None
    latency_ms: int
    error: str | None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What follows from an attempt: the delivery's state, and the delay until the next attempt while it is PENDING."""

    state: DeliveryState
    retry_after: timedelta | None = None


def judge(outcome: AttemptOutcome, *, attempt: int, chance: float) -> Verdict:
    """What follows from attempt number `attempt` (the first is 1); `chance`, from 0 to 1, places the jitter."""
    if outcome.status_code is not None and 200 <= outcome.status_code < 300:
        return Verdict(DeliveryState.DELIVERED)
    if outcome.status_code == GONE or attempt > len(RETRY_DELAYS):
        return Verdict(DeliveryState.DEAD)
    return Verdict(DeliveryState.PENDING, RETRY_DELAYS[attempt - 1] * (1 + JITTER * chance))
