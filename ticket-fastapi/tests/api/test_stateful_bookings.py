"""Random plays around three seats and their queues: whatever is stopped, lost, late or repeated, DESIGN section 10
holds.

Hypothesis chooses what buyers, staff, payment, time and workers do, where a doing is stopped between two of its
statements or calls, and what goes on meanwhile. After every step the rules that always hold are checked from the
database, the organizer and payment; in the end everything comes to rest, and then nothing may be left over.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase
from hypothesis import settings as play_settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from support.script import Fault, Script
from support.theatre import BUYERS, SEATS, Theatre
from support.wire import CALLS

IS_LONG = os.environ.get("TEST_LENGTH", "short") == "full"
PLAYS, STEPS = (200, 50) if IS_LONG else (12, 25)
AT_ONCE = 4
"""So many doings may be under way; one that is stopped goes on after `PATIENCE` steps at the latest."""
PATIENCE = 12

scripts = st.one_of(
    st.builds(Script),
    st.builds(
        lambda stop_at, faults: Script(stop_at, dict(faults)),
        st.one_of(st.none(), st.integers(1, 24)),
        st.dictionaries(st.sampled_from(CALLS), st.sampled_from(Fault), max_size=2),
    ),
)
choices = st.integers(0, 30)


class Play(RuleBasedStateMachine):
    """One event; the choices are numbers, which count what there is to choose from."""

    def __init__(self, theatre: Theatre, runner: asyncio.Runner) -> None:
        super().__init__()
        self.theatre = theatre
        self._run = runner.run
        self._steps = 0
        self._waited: dict[Any, int] = {}
        self._run(theatre.play())

    def teardown(self) -> None:
        try:
            self._run(self.theatre.come_to_rest())
            self._run(self.theatre.let_all_offers_lapse())
        finally:
            self._run(self.theatre.leave())

    @invariant()
    def every_promise_is_kept(self) -> None:
        self._steps += 1
        self._run(self._check())

    async def _check(self) -> None:
        stopped = self.theatre.doings.stopped
        self._waited = {doing: self._waited.get(doing, 0) + 1 for doing in stopped}
        for doing, steps in self._waited.items():
            if steps > PATIENCE and doing.stopped_before:
                await self.theatre.doings.go_on(doing)
        await self.theatre.check()

    def _do(self, doing: Awaitable[None]) -> None:
        self._run(doing)  # type: ignore[arg-type]

    def _ids(self, kind: str, *statuses: str) -> list[str]:
        rows = getattr(self.theatre.picture, kind)
        return [id_ for id_, row in rows.items() if row["status"] in statuses]

    def _has_room(self) -> bool:
        return len(self.theatre.doings.unfinished) < AT_ONCE

    # Buyers and staff.

    @precondition(_has_room)
    @rule(buyer=st.integers(0, BUYERS - 1), seats=st.sets(st.integers(0, SEATS - 1), min_size=1), script=scripts)
    def book(self, buyer: int, seats: set[int], script: Script) -> None:
        self._do(self.theatre.book(buyer, sorted(seats), script))

    @precondition(lambda self: self._has_room() and self.theatre.picture.bookings)
    @rule(choice=choices, reason=st.sampled_from(["BUYER", "STAFF"]), script=scripts)
    def cancel(self, choice: int, reason: str, script: Script) -> None:
        # Newest first, since the old ones have mostly ended.
        ids = list(self.theatre.picture.bookings)[::-1]
        self._do(self.theatre.cancel(ids[choice % len(ids)], reason, script))

    @precondition(_has_room)
    @rule(buyer=st.integers(0, BUYERS - 1), seat=st.integers(0, SEATS - 1), script=scripts)
    def join(self, buyer: int, seat: int, script: Script) -> None:
        self._do(self.theatre.join(buyer, seat, script))

    @precondition(lambda self: self._has_room() and self.theatre.picture.entries)
    @rule(choice=choices, script=scripts)
    def leave(self, choice: int, script: Script) -> None:
        ids = list(self.theatre.picture.entries)[::-1]
        self._do(self.theatre.leave_line(ids[choice % len(ids)], script))

    @precondition(lambda self: self._has_room() and self._steps > STEPS - 8)
    @rule(how=st.sampled_from(["close-sales", "cancel"]), script=scripts)
    def end_sale(self, how: str, script: Script) -> None:
        self._do(self.theatre.end_sale(how, script))

    @precondition(_has_room)
    @rule(times=st.sampled_from([(-1, 30), (1, 30), (-2, -1)]), script=scripts)
    def move_sale(self, times: tuple[int, int], script: Script) -> None:
        """Open (again), put off, or over before its time."""
        opens, closes = (timedelta(days=days) for days in times)
        self._do(self.theatre.move_sale(opens, closes, script))

    # Payment.

    def _invoices(self, *statuses: str) -> list[str]:
        known = self.theatre.stage.payment.invoices.items()
        return [reference for reference, invoice in known if invoice["status"] in statuses]

    @precondition(lambda self: self._invoices("PENDING"))
    @rule(choice=choices, outcome=st.sampled_from(["PAID", "PAID", "FAILED", None]))
    def pay(self, choice: int, outcome: str | None) -> None:
        ids = self._invoices("PENDING")
        self.theatre.decide(ids[choice % len(ids)], "PROCESSING")
        if outcome is not None:
            self.theatre.decide(ids[choice % len(ids)], outcome)

    @precondition(lambda self: self._invoices("PROCESSING"))
    @rule(choice=choices, outcome=st.sampled_from(["PAID", "FAILED"]))
    def payment_ends(self, choice: int, outcome: str) -> None:
        ids = self._invoices("PROCESSING")
        self.theatre.decide(ids[choice % len(ids)], outcome)

    def _to_refund(self) -> list[str]:
        invoices = self.theatre.stage.payment.invoices
        return [reference for reference in self._invoices("PAID") if invoices[reference]["refund_requested_at"]]

    @precondition(_to_refund)
    @rule(choice=choices)
    def refund_is_made(self, choice: int) -> None:
        ids = self._to_refund()
        self.theatre.decide(ids[choice % len(ids)], "REFUNDED")

    @precondition(lambda self: self._has_room() and self.theatre.news)
    @rule(choice=choices, script=scripts)
    def webhook_arrives(self, choice: int, script: Script) -> None:
        # Those that have not arrived first, then old ones again; in any order.
        news = sorted(self.theatre.news, key=lambda each: each.arrived)
        self._do(self.theatre.deliver(news[choice % len(news)], script))

    # Time and workers.

    @precondition(lambda self: self._has_room() and self._ids("bookings", "AWAITING_PAYMENT"))
    @rule(choice=choices)
    def time_to_pay_is_over(self, choice: int) -> None:
        ids = self._ids("bookings", "AWAITING_PAYMENT")
        self._do(self.theatre.expire(ids[choice % len(ids)]))

    @precondition(lambda self: self._has_room() and self._unfinished_bookings())
    @rule(choice=choices, script=scripts)
    def worker_takes_up_a_booking(self, choice: int, script: Script) -> None:
        ids = self._unfinished_bookings()
        self._do(self.theatre.work(ids[choice % len(ids)], script))

    def _unfinished_bookings(self) -> list[str]:
        rows = self.theatre.picture.bookings.items()
        return [id_ for id_, row in rows if row["next_step_at"] is not None]

    @precondition(lambda self: not self.theatre.doings.unfinished)
    @rule()
    def workers_do_what_is_due(self) -> None:
        self._do(self.theatre.work_at_all())

    @precondition(lambda self: self._has_room() and not self.theatre.picture.on_sale)
    @rule(script=scripts)
    def queues_are_swept(self, script: Script) -> None:
        self._do(self.theatre.sweep_queues(script))

    # What was stopped, and what comes late.

    @precondition(lambda self: self.theatre.doings.stopped)
    @rule(choice=choices, stop_after=st.one_of(st.none(), st.integers(1, 12)))
    def goes_on(self, choice: int, stop_after: int | None) -> None:
        stopped = self.theatre.doings.stopped
        self._do(self.theatre.doings.go_on(stopped[choice % len(stopped)], stop_after=stop_after))

    @precondition(lambda self: self.theatre.doings.stopped)
    @rule(choice=choices)
    def dies(self, choice: int) -> None:
        stopped = self.theatre.doings.stopped
        self._do(self.theatre.doings.kill(stopped[choice % len(stopped)]))

    @precondition(lambda self: self.theatre.wire.late)
    @rule(choice=choices)
    def late_request_arrives(self, choice: int) -> None:
        self._do(self.theatre.wire.bring_late(choice % len(self.theatre.wire.late)))


@pytest.mark.timeout(2400 if IS_LONG else 180)
def test_every_promise_is_kept_in_every_play(opened: tuple[Theatre, asyncio.Runner]) -> None:
    run_state_machine_as_test(
        lambda: Play(*opened),
        settings=play_settings(
            max_examples=PLAYS,
            stateful_step_count=STEPS,
            deadline=None,
            # The short form plays the same plays every time; the long one looks for new ones.
            derandomize=not IS_LONG,
            database=None,
            print_blob=True,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.generate],
        ),
    )
