"""The schedule of attempts to deliver a webhook (docs/booking.md, Webhooks)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from servicekit.delivery import AttemptOutcome, DeliveryState, Verdict, judge

SECONDS = [1, 5, 30, 300, 1800, 7200, 18_000, 36_000]
REFUSED = AttemptOutcome(503, 1, "no")
NO_ANSWER = AttemptOutcome(None, 15_000, "TimeoutError: ")
FAILED = [REFUSED, NO_ANSWER, *(AttemptOutcome(status, 1) for status in (301, 302, 401, 422, 500))]


@pytest.mark.parametrize("attempt", [1, 9])
@pytest.mark.parametrize("status", [200, 202, 204, 299])
def test_any_2xx_makes_the_delivery_delivered(status: int, attempt: int) -> None:
    assert judge(AttemptOutcome(status, 1), attempt=attempt, chance=0) == Verdict(DeliveryState.DELIVERED)


@pytest.mark.parametrize("outcome", FAILED)
@pytest.mark.parametrize(("attempt", "seconds"), list(enumerate(SECONDS, start=1)))
def test_any_other_answer_is_tried_again_after_growing_delays(
    outcome: AttemptOutcome, attempt: int, seconds: int
) -> None:
    least = judge(outcome, attempt=attempt, chance=0)
    most = judge(outcome, attempt=attempt, chance=1)
    assert least == Verdict(DeliveryState.PENDING, timedelta(seconds=seconds))
    assert most == Verdict(DeliveryState.PENDING, timedelta(seconds=seconds * 1.2))


def test_a_delivery_is_given_up_after_the_last_delay() -> None:
    assert judge(REFUSED, attempt=len(SECONDS) + 1, chance=0) == Verdict(DeliveryState.DEAD)


def test_410_ends_a_delivery_at_once() -> None:
    gone = AttemptOutcome(410, 1)
    assert gone.is_gone
    assert judge(gone, attempt=1, chance=0) == Verdict(DeliveryState.DEAD)
