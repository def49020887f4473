"""Interleaves each important pair of actions at every point.

The first action pauses before each of its statements, commits and calls in turn; the second runs meanwhile as far as
locks allow; then the first resumes. Unlike the random actions of `test_stateful_bookings.py`, this tries every point.
"""

from __future__ import annotations

import asyncio

import pytest
from support.concurrency_harness import ConcurrencyHarness
from support.length import IS_LONG
from support.scenarios import (
    Action,
    Scenario,
    book,
    booking_cancelled,
    booking_cancelled_two_in_queue,
    cancel,
    cancel_event,
    close_sales,
    deliver_webhook,
    event_cancelled_while_the_invoice_is_paid,
    first_in_queue_promoted,
    interleave,
    join,
    leave,
    payment_overdue,
    payment_webhook_pending,
    run_worker,
    seat_open,
    seat_taken,
    start_payment,
)

MOST_POINTS = 80

EVERY_POINT: list[tuple[Scenario, Action, Action]] = [
    (booking_cancelled, join, run_worker),
    (seat_open, book, cancel_event),
    (seat_open, book, book),
]
SOME_POINTS: list[tuple[Scenario, Action, Action]] = [
    (booking_cancelled, run_worker, join),
    (payment_overdue, run_worker, start_payment),
    (seat_taken, join, join),
    (booking_cancelled_two_in_queue, leave, run_worker),
    (booking_cancelled_two_in_queue, run_worker, leave),
    (booking_cancelled_two_in_queue, run_worker, run_worker),
    (booking_cancelled_two_in_queue, run_worker, close_sales),
    (first_in_queue_promoted, run_worker, cancel),
    (first_in_queue_promoted, leave, run_worker),
    (first_in_queue_promoted, run_worker, run_worker),
    (payment_overdue, run_worker, cancel),
    (payment_webhook_pending, deliver_webhook, cancel),
    (payment_webhook_pending, cancel, deliver_webhook),
    (payment_webhook_pending, deliver_webhook, deliver_webhook),
    (seat_open, book, run_worker),
]
"""The short form tries every twelfth point: most neighbouring points differ by a statement that no other action sees.

It begins with the second, because before the first statement nothing is in progress yet.
"""


@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    ("scenario", "interrupted", "interrupting"), EVERY_POINT + SOME_POINTS, ids=lambda part: part.__name__
)
def test_no_interleaving_breaks_a_rule(
    harness_and_runner: tuple[ConcurrencyHarness, asyncio.Runner],
    scenario: Scenario,
    interrupted: Action,
    interrupting: Action,
) -> None:
    harness, runner = harness_and_runner
    whole = IS_LONG or (scenario, interrupted, interrupting) in EVERY_POINT
    points = range(1, MOST_POINTS) if whole else range(2, MOST_POINTS, 12)
    for pause_at in points:
        if not runner.run(interleave(harness, scenario, interrupted, interrupting, pause_at)):
            assert pause_at > points.start, "the action has no point"
            return
    raise AssertionError(f"the action has more than {MOST_POINTS} points")


def test_a_release_waits_for_a_payment_that_is_being_processed(
    harness_and_runner: tuple[ConcurrencyHarness, asyncio.Runner],
) -> None:
    harness, runner = harness_and_runner
    runner.run(event_cancelled_while_the_invoice_is_paid(harness))
