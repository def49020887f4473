"""Random actions on three seats and their queues keep the rules of docs/booking.md, whatever is paused, lost or late.

Hypothesis chooses the actions of buyers, staff, payment and workers, the points where an action pauses, and the actions
that run meanwhile. Each step checks the rules that always hold; the end finishes everything and checks the others.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from support.action_plan import ActionPlan, Fault
from support.concurrency_harness import BUYERS, SEATS, ConcurrencyHarness
from support.faulty_network import CALLS
from support.length import IS_LONG

EXAMPLES, STEPS = (200, 50) if IS_LONG else (12, 25)
AT_ONCE = 4
"""The number of actions in progress at once; a paused action is resumed after `PATIENCE` steps at the latest."""
PATIENCE = 12

plans = st.one_of(
    st.builds(ActionPlan),
    st.builds(
        lambda pause_at, faults: ActionPlan(pause_at, dict(faults)),
        st.one_of(st.none(), st.integers(1, 24)),
        st.dictionaries(st.sampled_from(CALLS), st.sampled_from(Fault), max_size=2),
    ),
)
choices = st.integers(0, 30)


class RandomActions(RuleBasedStateMachine):
    """Acts on one event; `choice` is a number that selects one of the possible rows."""

    def __init__(self, harness: ConcurrencyHarness, runner: asyncio.Runner) -> None:
        super().__init__()
        self.harness = harness
        self._run = runner.run
        self._steps = 0
        self._waited: dict[Any, int] = {}
        self._run(harness.create_event())

    def teardown(self) -> None:
        try:
            self._run(self.harness.finish_everything())
            self._run(self.harness.let_all_offers_lapse())
        finally:
            self._run(self.harness.clean_up())

    @invariant()
    def every_rule_holds(self) -> None:
        self._steps += 1
        self._run(self._check())

    async def _check(self) -> None:
        paused = self.harness.actions.paused
        self._waited = {action: self._waited.get(action, 0) + 1 for action in paused}
        for action, steps in self._waited.items():
            if steps > PATIENCE and action.paused_before:
                await self.harness.actions.resume(action)
        await self.harness.check_rules()

    def _do(self, action: Awaitable[None]) -> None:
        self._run(action)  # type: ignore[arg-type]

    def _ids(self, kind: str, *statuses: str) -> list[str]:
        rows = getattr(self.harness.snapshot, kind)
        return [id_ for id_, row in rows.items() if row["status"] in statuses]

    def _has_room(self) -> bool:
        return len(self.harness.actions.unfinished) < AT_ONCE

    # Buyers and staff.

    @precondition(_has_room)
    @rule(buyer=st.integers(0, BUYERS - 1), seats=st.sets(st.integers(0, SEATS - 1), min_size=1), plan=plans)
    def book(self, buyer: int, seats: set[int], plan: ActionPlan) -> None:
        self._do(self.harness.book(buyer, sorted(seats), plan))

    @precondition(lambda self: self._has_room() and self.harness.snapshot.bookings)
    @rule(choice=choices, reason=st.sampled_from(["BUYER", "STAFF"]), plan=plans)
    def cancel(self, choice: int, reason: str, plan: ActionPlan) -> None:
        # Newest first, because most old bookings have ended.
        ids = list(self.harness.snapshot.bookings)[::-1]
        self._do(self.harness.cancel(ids[choice % len(ids)], reason, plan))

    @precondition(_has_room)
    @rule(buyer=st.integers(0, BUYERS - 1), seat=st.integers(0, SEATS - 1), plan=plans)
    def join(self, buyer: int, seat: int, plan: ActionPlan) -> None:
        self._do(self.harness.join(buyer, seat, plan))

    @precondition(lambda self: self._has_room() and self.harness.snapshot.entries)
    @rule(choice=choices, plan=plans)
    def leave(self, choice: int, plan: ActionPlan) -> None:
        ids = list(self.harness.snapshot.entries)[::-1]
        self._do(self.harness.leave_queue(ids[choice % len(ids)], plan))

    @precondition(lambda self: self._has_room() and self._steps > STEPS - 8)
    @rule(how=st.sampled_from(["close-sales", "cancel"]), plan=plans)
    def end_sale(self, how: str, plan: ActionPlan) -> None:
        self._do(self.harness.end_sale(how, plan))

    @precondition(_has_room)
    @rule(times=st.sampled_from([(-1, 30), (1, 30), (-2, -1)]), plan=plans)
    def move_sale(self, times: tuple[int, int], plan: ActionPlan) -> None:
        """Opens the sale, postpones it, or ends it early."""
        opens, closes = (timedelta(days=days) for days in times)
        self._do(self.harness.move_sale(opens, closes, plan))

    # Payment.

    def _invoices(self, *statuses: str) -> list[str]:
        invoices = self.harness.system.payment.invoices.items()
        return [reference for reference, invoice in invoices if invoice["status"] in statuses]

    @precondition(lambda self: self._invoices("PENDING"))
    @rule(choice=choices, outcome=st.sampled_from(["PAID", "PAID", "FAILED", None]))
    def pay(self, choice: int, outcome: str | None) -> None:
        ids = self._invoices("PENDING")
        self.harness.set_invoice_status(ids[choice % len(ids)], "PROCESSING")
        if outcome is not None:
            self.harness.set_invoice_status(ids[choice % len(ids)], outcome)

    @precondition(lambda self: self._invoices("PROCESSING"))
    @rule(choice=choices, outcome=st.sampled_from(["PAID", "FAILED"]))
    def payment_ends(self, choice: int, outcome: str) -> None:
        ids = self._invoices("PROCESSING")
        self.harness.set_invoice_status(ids[choice % len(ids)], outcome)

    def _to_refund(self) -> list[str]:
        invoices = self.harness.system.payment.invoices
        return [reference for reference in self._invoices("PAID") if invoices[reference]["refund_requested_at"]]

    @precondition(_to_refund)
    @rule(choice=choices)
    def refund_is_made(self, choice: int) -> None:
        ids = self._to_refund()
        self.harness.set_invoice_status(ids[choice % len(ids)], "REFUNDED")

    @precondition(lambda self: self._has_room() and self.harness.webhooks)
    @rule(choice=choices, plan=plans)
    def webhook_arrives(self, choice: int, plan: ActionPlan) -> None:
        # Webhooks that ticket has not acknowledged come first; others are sent again.
        webhooks = sorted(self.harness.webhooks, key=lambda each: each.acknowledged)
        self._do(self.harness.deliver_webhook(webhooks[choice % len(webhooks)], plan))

    # Time and workers.

    @precondition(lambda self: self._has_room() and self._ids("bookings", "AWAITING_PAYMENT"))
    @rule(choice=choices)
    def time_to_pay_is_over(self, choice: int) -> None:
        ids = self._ids("bookings", "AWAITING_PAYMENT")
        self._do(self.harness.pass_payment_deadline(ids[choice % len(ids)]))

    @precondition(lambda self: self._has_room() and self._unfinished_bookings())
    @rule(choice=choices, plan=plans)
    def worker_takes_up_a_booking(self, choice: int, plan: ActionPlan) -> None:
        ids = self._unfinished_bookings()
        self._do(self.harness.run_worker(ids[choice % len(ids)], plan))

    def _unfinished_bookings(self) -> list[str]:
        rows = self.harness.snapshot.bookings.items()
        return [id_ for id_, row in rows if row["next_step_at"] is not None]

    @precondition(lambda self: not self.harness.actions.unfinished)
    @rule()
    def workers_do_what_is_due(self) -> None:
        self._do(self.harness.run_due_work())

    @precondition(lambda self: self._has_room() and not self.harness.snapshot.on_sale)
    @rule(plan=plans)
    def queues_are_swept(self, plan: ActionPlan) -> None:
        self._do(self.harness.sweep_queues(plan))

    # Paused actions and late requests.

    @precondition(lambda self: self.harness.actions.paused)
    @rule(choice=choices, pause_after=st.one_of(st.none(), st.integers(1, 12)))
    def goes_on(self, choice: int, pause_after: int | None) -> None:
        paused = self.harness.actions.paused
        self._do(self.harness.actions.resume(paused[choice % len(paused)], pause_after=pause_after))

    @precondition(lambda self: self.harness.actions.paused)
    @rule(choice=choices)
    def dies(self, choice: int) -> None:
        paused = self.harness.actions.paused
        self._do(self.harness.actions.kill(paused[choice % len(paused)]))

    @precondition(lambda self: self.harness.network.late_requests)
    @rule(choice=choices)
    def late_request_arrives(self, choice: int) -> None:
        self._do(self.harness.network.deliver_late_request(choice % len(self.harness.network.late_requests)))


@pytest.mark.timeout(2400 if IS_LONG else 180)
def test_random_actions_break_no_rule(harness_and_runner: tuple[ConcurrencyHarness, asyncio.Runner]) -> None:
    run_state_machine_as_test(
        lambda: RandomActions(*harness_and_runner),
        settings=hypothesis_settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            # The short form repeats the same examples in every run; the long form looks for new ones.
            derandomize=not IS_LONG,
            database=None,
            print_blob=True,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.generate],
        ),
    )
