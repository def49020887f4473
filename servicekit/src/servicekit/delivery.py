"""Deliveries of webhooks: when the next attempt is due, and when a delivery is given up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

RETRY_DELAYS = tuple(
    timedelta(seconds=seconds) for seconds in (1, 5, 30, 5 * 60, 30 * 60, 2 * 3600, 5 * 3600, 10 * 3600)
)
JITTER = 0.2
"""The largest share that is added to a delay, so that deliveries that failed together are not retried together."""
GONE = 410


class DeliveryState(StrEnum):
    """A PENDING delivery is still attempted; a DEAD one is given up until an operator requests a redelivery."""

    PENDING = "PENDING"
    DELIVERED = "DELIVERED"
    DEAD = "DEAD"


@dataclass(frozen=True, slots=True)
class AttemptOutcome:
    """The outcome of one attempt: if no answer arrived, `status_code` is None and `error` says why."""

    status_code: int | None
    latency_ms: int
    error: str | None = None

    @property
    def is_gone(self) -> bool:
        """Whether the receiver wants no more webhooks (410)."""
        return self.status_code == GONE


@dataclass(frozen=True, slots=True)
class Verdict:
    """The delivery's state after an attempt, and the delay until the next attempt if it is PENDING."""

    state: DeliveryState
    retry_after: timedelta | None = None


def judge(outcome: AttemptOutcome, *, attempt: int, chance: float) -> Verdict:
    """Decides what follows attempt number `attempt` of its round, from 1; `chance`, 0 to 1, scales the jitter."""
    if outcome.status_code is not None and 200 <= outcome.status_code < 300:
        return Verdict(DeliveryState.DELIVERED)
    if outcome.is_gone or attempt > len(RETRY_DELAYS):
        return Verdict(DeliveryState.DEAD)
    return Verdict(DeliveryState.PENDING, RETRY_DELAYS[attempt - 1] * (1 + JITTER * chance))
