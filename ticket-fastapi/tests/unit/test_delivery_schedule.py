"""When a delivery is tried again."""

from __future__ import annotations

from datetime import timedelta

import pytest
from ticketing.domain.delivery import AttemptOutcome, DeliveryState, judge


def outcome(status_code: int | None) -> AttemptOutcome:
    return AttemptOutcome(status_code, 5, None)


@pytest.mark.parametrize("status_code", [200, 202, 204])
def test_any_success_delivers(status_code: int) -> None:
    assert judge(outcome(status_code), attempt=9, chance=0).state is DeliveryState.DELIVERED


@pytest.mark.parametrize(
    ("attempt", "seconds"),
    [(1, 1), (2, 5), (3, 30), (4, 300), (5, 1800), (6, 7200), (7, 18_000), (8, 36_000)],
)
@pytest.mark.parametrize("status_code", [None, 302, 401, 422, 500])
def test_the_pauses_grow_with_every_failure(attempt: int, seconds: int, status_code: int | None) -> None:
    pause = timedelta(seconds=seconds)
    assert judge(outcome(status_code), attempt=attempt, chance=0).retry_after == pause
    assert judge(outcome(status_code), attempt=attempt, chance=1).retry_after == pause * 1.2


def test_the_ninth_failure_is_the_last() -> None:
    verdict = judge(outcome(500), attempt=9, chance=0)
    assert (verdict.state, verdict.retry_after) == (DeliveryState.DEAD, None)


def test_gone_means_gone() -> None:
    assert judge(outcome(410), attempt=1, chance=0).state is DeliveryState.DEAD
