"""The checker of the rules of docs/booking.md: what must always hold, across all services.

Tests, benchmarks and `./dev reconcile` call it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable

from devstack.deadlines import Deadline
from tests.support.environment import Environment
from tests.support.reading import UNAVAILABLE, read_snapshot
from tests.support.rules import money, seats, story
from tests.support.rules.violation import Violation, Violations
from tests.support.snapshot import Snapshot

RULES: tuple[Callable[[Snapshot], Violations], ...] = (
    seats.seats_have_one_booking,
    seats.nobody_is_passed_over,
    money.live_bookings_have_hold_and_invoice,
    money.paid_invoices_have_their_booking,
    money.ended_bookings_leave_nothing,
    money.holds_have_their_booking,
    story.client_tells_the_same_story,
    story.client_knows_the_queue,
    story.webhooks_have_arrived,
    story.nothing_is_stuck,
)

LOOK_AGAIN_SECONDS = 0.5


class InvariantsBroken(AssertionError):
    """At least one rule of docs/booking.md does not hold."""

    def __init__(self, violations: Iterable[Violation]) -> None:
        self.violations = list(violations)
        listed = "\n".join(f"  {violation}" for violation in self.violations[:40])
        super().__init__(f"{len(self.violations)} broken promises:\n{listed}")


def violations_of(snapshot: Snapshot) -> list[Violation]:
    """Every violation that a snapshot shows, those included that are only work under way."""
    return sorted(violation for rule in RULES for violation in rule(snapshot))


def check_now(environment: Environment) -> list[Violation]:
    """What is wrong at this very moment: only rules that hold at every moment."""
    return [violation for violation in violations_of(read_snapshot(environment)) if violation.always]


def check_at_rest(
    environment: Environment, deadline_seconds: float = 45, known: Collection[Violation] = ()
) -> Snapshot:
    """Waits until every rule holds and answers what was seen then; raises `InvariantsBroken`.

    A part that is being started again is waited for until the deadline, and so is what may pass (a webhook).
    What is always wrong is an error at once. `known` violations were reported before and are passed over.
    """
    deadline = Deadline(deadline_seconds)
    while True:
        is_over = deadline.is_over()
        try:
            snapshot = read_snapshot(environment)
        except UNAVAILABLE:
            if is_over:
                raise
        else:
            violations = [violation for violation in violations_of(snapshot) if violation not in known]
            if not violations:
                return snapshot
            wrong = [violation for violation in violations if violation.always]
            if wrong or is_over:
                raise InvariantsBroken(wrong or violations)
        time.sleep(LOOK_AGAIN_SECONDS)
