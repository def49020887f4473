"""Every pair that matters, every way to interleave it: one doing is stopped before each of its statements, commits and
calls in turn, the other one is done meanwhile as far as locks let it, and then the first goes on.

Unlike the random plays (`test_stateful_bookings.py`), this leaves no gap between two statements untried.
"""

from __future__ import annotations

import asyncio
import os

import pytest
from support.scenes import (
    Doing,
    Scene,
    book,
    called_off_while_paid,
    cancel,
    cancel_event,
    close_sales,
    ended,
    ended_and_queued,
    interleaved,
    join,
    leave,
    nothing,
    overdue,
    paid,
    pay,
    promoted,
    taken,
    webhook,
    work,
)
from support.theatre import Theatre

IS_LONG = os.environ.get("TEST_LENGTH", "short") == "full"
MOST_POINTS = 80

EVERY_POINT: list[tuple[Scene, Doing, Doing]] = [
    (ended, join, work),
    (nothing, book, cancel_event),
    (nothing, book, book),
]
SOME_POINTS: list[tuple[Scene, Doing, Doing]] = [
    (ended, work, join),
    (overdue, work, pay),
    (taken, join, join),
    (ended_and_queued, leave, work),
    (ended_and_queued, work, leave),
    (ended_and_queued, work, work),
    (ended_and_queued, work, close_sales),
    (promoted, work, cancel),
    (promoted, leave, work),
    (promoted, work, work),
    (overdue, work, cancel),
    (paid, webhook, cancel),
    (paid, cancel, webhook),
    (paid, webhook, webhook),
    (nothing, book, work),
]
"""In the short form, where neighbouring points mostly differ by a statement that nobody else sees."""


@pytest.mark.timeout(300)
@pytest.mark.parametrize(("scene", "one", "other"), EVERY_POINT + SOME_POINTS, ids=lambda part: part.__name__)
def test_no_interleaving_breaks_a_promise(
    opened: tuple[Theatre, asyncio.Runner], scene: Scene, one: Doing, other: Doing
) -> None:
    theatre, runner = opened
    every = 1 if IS_LONG or (scene, one, other) in EVERY_POINT else 8
    for stop_at in range(1, MOST_POINTS, every):
        if not runner.run(interleaved(theatre, scene, one, other, stop_at)):
            assert stop_at > 1, "never stopped"
            return
    raise AssertionError("more points than expected")


def test_a_release_waits_for_a_payment_that_is_being_processed(opened: tuple[Theatre, asyncio.Runner]) -> None:
    theatre, runner = opened
    runner.run(called_off_while_paid(theatre))
