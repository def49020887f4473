"""Switches off each guard, sees a rule broken, switches the guard on again, and sees the rule kept.

A test with the guard off looks for the broken rule in every interleaving of two actions, or in one scenario, and must
find it. Then the same interleaving runs with the guard on and breaks no rule. docs/locking.md lists the guards.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa
from servicekit.db.engine import reading
from sqlalchemy.exc import IntegrityError
from support import scenarios, switches
from support.actions import COUNT_WAITING_FOR_LOCKS
from support.concurrency_harness import ConcurrencyHarness
from support.scenarios import Action, Scenario
from support.switches import Switch
from support.ticket_system import TicketSystem
from ticketing.db.catalogue import event_operations
from ticketing.db.tables import metadata

from devstack.waiting import wait_until

HarnessAndRunner = tuple[ConcurrencyHarness, asyncio.Runner]
Story = Callable[[ConcurrencyHarness], Awaitable[None]]
MOST_POINTS = 80
SEAT_GUARDS = ("one_live_booking_per_seat", "one_offer_per_seat")


@dataclass(frozen=True)
class Pair:
    """Two actions at the same time from one starting state; without the guard they break the rule `broken`.

    `indexes`: unique indexes that would replace the guard, dropped together with it. `seen_at`: the point to try first,
    because the rule was broken there before; all others follow.
    """

    off: Switch
    scenario: Scenario
    interrupted: Action
    interrupting: Action
    broken: str
    indexes: tuple[str, ...] = ()
    seen_at: int = 1

    async def interleave(self, harness: ConcurrencyHarness, point: int) -> bool:
        """Pauses `interrupted` before `point` and answers whether it has so many points."""
        return await scenarios.interleave(harness, self.scenario, self.interrupted, self.interrupting, point)


PAIRS = {
    "joining locks the seat": Pair(
        switches.joining_locks_the_seat,
        scenarios.booking_cancelled,
        scenarios.join,
        scenarios.run_worker,
        "5: seat .* is OPEN while 1 wait",
        seen_at=4,
    ),
    "the reassignment locks the seats": Pair(
        switches.reassigning_locks_the_seats,
        scenarios.booking_cancelled,
        scenarios.run_worker,
        scenarios.join,
        "5: seat .* is OPEN while 1 wait",
        seen_at=13,
    ),
    "the reassignment locks the first in queue": Pair(
        switches.reassigning_locks_the_first_in_line,
        scenarios.booking_cancelled_two_in_queue,
        scenarios.run_worker,
        scenarios.leave,
        "5: .* came from the queue, its entry is LEFT",
        seen_at=13,
    ),
    "an entry changes only from the state that was read": Pair(
        switches.entry_changes_from_the_state_that_was_read,
        scenarios.booking_cancelled_two_in_queue,
        scenarios.leave,
        scenarios.run_worker,
        "5: .* came from the queue, its entry is LEFT",
        seen_at=2,
    ),
    "a booking changes only from the state that was read": Pair(
        switches.booking_changes_from_the_state_that_was_read,
        scenarios.payment_overdue,
        scenarios.cancel,
        scenarios.run_worker,
        "was EXPIRED and became CANCELLED",
        seen_at=2,
    ),
    "a release that runs again changes nothing (first in queue)": Pair(
        switches.reassignment(once=False, to_its_holder=False),
        scenarios.booking_cancelled_two_in_queue,
        scenarios.run_worker,
        scenarios.run_worker,
        "^[15]: ",
        SEAT_GUARDS,
        seen_at=4,
    ),
    "a release that runs again changes nothing (newer holder)": Pair(
        switches.reassignment(once=False, to_its_holder=False),
        scenarios.booking_cancelled,
        scenarios.run_worker,
        scenarios.run_worker_and_book,
        "^1: ",
        SEAT_GUARDS,
        seen_at=4,
    ),
    "a queue closes with its seat": Pair(
        switches.a_queue_closes_with_its_seat,
        scenarios.sale_over_two_in_queue,
        scenarios.run_worker,
        scenarios.cancel,
        "5: seat .* is OPEN while 2 wait",
    ),
    "a release waits for the organizer": Pair(
        switches.release_waits_for_the_organizer,
        scenarios.booking_cancelled,
        scenarios.run_worker,
        scenarios.join,
        "3: .* was released, but the organizer holds seats for it",
    ),
    "nothing is cancelled unpaid before its invoice is void": Pair(
        switches.nothing_ends_unpaid_before_its_invoice_is_void,
        scenarios.seat_taken,
        scenarios.cancel,
        scenarios.start_payment,
        "3: .* is CANCELLED, its invoice was not made void",
    ),
    "nothing expires before its invoice is void": Pair(
        switches.nothing_ends_unpaid_before_its_invoice_is_void,
        scenarios.payment_overdue,
        scenarios.run_worker,
        scenarios.start_payment,
        "3: .* is EXPIRED, its invoice was not made void",
    ),
    "a refund is owed once": Pair(
        switches.a_refund_is_owed_once,
        scenarios.refund_owed,
        scenarios.run_worker,
        scenarios.refund,
        "7: the end of .* is not complete|has refund PENDING",
        seen_at=5,
    ),
}

STORIES: dict[str, tuple[Switch, Story, str]] = {
    "a release waits for payment": (
        switches.release_waits_for_payment,
        scenarios.event_cancelled_while_the_invoice_is_paid,
        "3: .* was released and can still be paid",
    ),
    "a doubtful decline is released like a hold": (
        switches.a_doubtful_decline_is_released_like_a_hold,
        scenarios.declined_while_a_request_is_late,
        "3: an orphan hold|organizer holds seats for it|another booking holds a seat",
    ),
    "a released hold leaves a tombstone": (
        switches.a_released_hold_leaves_a_tombstone,
        scenarios.late_request_for_an_ended_booking,
        "3: .* was released, but the organizer holds seats for it|3: an orphan hold",
    ),
    "webhooks that come too early are sent again": (
        switches.early_webhooks_are_sent_again,
        scenarios.paid_before_the_booking_is_confirmed,
        "7: .* is AWAITING_PAYMENT, its invoice PAID",
    ),
    "older webhooks are ignored": (
        switches.older_webhooks_are_ignored,
        scenarios.older_webhook_arrives_last,
        "7: the end of .* is not complete: .*'refund_status': 'PENDING'",
    ),
}


@pytest.mark.timeout(300)
@pytest.mark.parametrize("pair", PAIRS.values(), ids=PAIRS)
def test_without_the_guard_an_interleaving_breaks_a_rule_and_with_the_guard_it_does_not(
    harness_and_runner: HarnessAndRunner, pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    harness, runner = harness_and_runner
    with monkeypatch.context() as patch, without_indexes(harness_and_runner, pair.indexes):
        pair.off(patch)
        point = point_that_breaks(harness_and_runner, pair)
    runner.run(pair.interleave(harness, point))


def point_that_breaks(harness_and_runner: HarnessAndRunner, pair: Pair) -> int:
    harness, runner = harness_and_runner
    for point in dict.fromkeys((pair.seen_at, *range(1, MOST_POINTS))):
        try:
            was_paused = runner.run(pair.interleave(harness, point))
        except Exception as error:
            if re.search(pair.broken, str(error), re.MULTILINE):
                return point
            raise
        if not was_paused and point != pair.seen_at:
            break
    raise AssertionError(f"without the guard no interleaving breaks {pair.broken!r}, so the guard does not prevent it")


@pytest.mark.timeout(120)
@pytest.mark.parametrize(("off", "scenario", "broken"), STORIES.values(), ids=STORIES)
def test_without_the_guard_the_scenario_breaks_a_rule_and_with_the_guard_it_does_not(
    harness_and_runner: HarnessAndRunner, off: Switch, scenario: Story, broken: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    harness, runner = harness_and_runner
    with monkeypatch.context() as patch:
        off(patch)
        with pytest.raises(AssertionError, match=broken):
            runner.run(as_coroutine(scenario(harness)))
    runner.run(as_coroutine(scenario(harness)))


async def as_coroutine(action: Awaitable[None]) -> None:
    await action


@contextmanager
def without_indexes(harness_and_runner: HarnessAndRunner, names: tuple[str, ...]) -> Iterator[None]:
    """Drops the indexes while the block runs. The harness empties the tables, so that they can be created again."""
    harness, runner = harness_and_runner
    indexes = [index for table in metadata.tables.values() for index in table.indexes if index.name in names]

    async def each(do: Callable[[sa.Index, Any], None]) -> None:
        async with harness.observer.begin() as connection:
            for index in indexes:
                await connection.run_sync(lambda raw, at=index: do(at, raw))  # type: ignore[misc]

    runner.run(each(lambda index, raw: index.drop(raw)))
    try:
        yield
    finally:
        runner.run(each(lambda index, raw: index.create(raw)))


@pytest.mark.parametrize("once", [True, False], ids=["the booking was released before", "another booking has the seat"])
@pytest.mark.parametrize("who", ["first in queue", "newer holder"])
def test_each_of_two_guards_of_the_reassignment_is_enough_alone(
    harness_and_runner: HarnessAndRunner, who: str, once: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    harness, runner = harness_and_runner
    pair = PAIRS[f"a release that runs again changes nothing ({who})"]
    with without_indexes(harness_and_runner, pair.indexes):
        with monkeypatch.context() as patch:
            pair.off(patch)
            point = point_that_breaks(harness_and_runner, pair)
        switches.reassignment(once=once, to_its_holder=not once)(monkeypatch)
        runner.run(pair.interleave(harness, point))


def test_without_both_the_database_still_refuses_to_promote_a_second_time(
    harness_and_runner: HarnessAndRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    pair = replace(PAIRS["a release that runs again changes nothing (first in queue)"], broken=SEAT_GUARDS[0])
    pair.off(monkeypatch)
    assert point_that_breaks(harness_and_runner, pair)


# The statement that takes the seats.


async def test_a_hold_that_finds_one_of_its_seats_taken_takes_none(
    system: TicketSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    event, seats = await system.create_event()
    await system.book(event, seats[:1])
    with monkeypatch.context() as patch:
        switches.a_hold_takes_all_seats_or_none(patch)
        half = await system.client.post("/api/v1/bookings", json=system.booking_request(event, seats[:2]))
        assert [seat["id"] for seat in half.json()["seats"]] == [seats[1]["id"]]
    refused = await system.client.post("/api/v1/bookings", json=system.booking_request(event, [seats[0], seats[2]]))
    assert (refused.status_code, refused.json()["type"]) == (409, "seat-unavailable")
    assert (await system.seat(seats[2]["id"]))["status"] == "OPEN"


@pytest.mark.parametrize(("guarded", "sold"), [(False, 201), (True, 409)], ids=["without the guard", "with it"])
async def test_a_hold_waits_for_a_running_cancellation_of_its_event(
    system: TicketSystem, guarded: bool, sold: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not guarded:
        switches.a_hold_waits_for_a_cancellation(monkeypatch)
    event, seats = await system.create_event()
    async with system.services.engine.begin() as cancelling, reading(system.services.engine) as looking:
        await event_operations.lock_event(cancelling, UUID(event["id"]))
        await event_operations.mark_cancelled(cancelling, UUID(event["id"]))
        booking = asyncio.create_task(
            system.client.post("/api/v1/bookings", json=system.booking_request(event, seats[:1]))
        )

        async def waits() -> bool:
            return booking.done() or bool((await looking.execute(COUNT_WAITING_FOR_LOCKS)).scalar_one())

        await wait_until(waits)
    assert (await booking).status_code == sold


# The last guards: unique indexes and checks of the database.

LAST_GUARDS = {
    "one_live_booking_per_seat": "UPDATE booking_seats SET live = true",
    "one_offer_per_seat": "UPDATE waitlist_entries SET status = 'OFFERED', booking_id = gen_random_uuid()",
    "one_live_entry_per_buyer_and_seat": "UPDATE waitlist_entries SET customer_id = event_id",
    "ck_seats_seat_names_its_booking": "UPDATE seats SET status = 'OPEN'",
    "ck_waitlist_entries_offer_names_its_booking": "UPDATE waitlist_entries SET status = 'OFFERED' WHERE id = $1",
    "ck_bookings_waiting_has_a_deadline": "UPDATE bookings SET hold_expires_at = NULL",
}


@pytest.mark.parametrize(("guard", "statement"), LAST_GUARDS.items(), ids=LAST_GUARDS)
async def test_the_database_refuses_a_statement_that_breaks_a_rule_because_of_this_guard_alone(
    system: TicketSystem, guard: str, statement: str
) -> None:
    event, (seat, *_) = await system.create_event()
    failed = await system.book(event, [seat])
    await system.pay(failed["id"], "FAILED")
    await system.run_until_idle()
    await system.book(event, [seat])
    entries = [await system.join(seat), await system.join(seat)]
    parameters = (UUID(entries[0]["id"]),) if "$1" in statement else ()
    with pytest.raises(IntegrityError, match=guard):
        await _and_undo(system, (statement, parameters))
    await _and_undo(system, (_drop(guard), ()), (statement, parameters))


def _drop(guard: str) -> str:
    for table in metadata.tables.values():
        if any(constraint.name == guard for constraint in table.constraints):
            return f"ALTER TABLE {table.name} DROP CONSTRAINT {guard}"
    return f"DROP INDEX {guard}"


async def _and_undo(system: TicketSystem, *statements: tuple[str, tuple[object, ...]]) -> None:
    async with system.services.engine.connect() as connection:
        for statement, parameters in statements:
            await connection.exec_driver_sql(statement, parameters)
        await connection.rollback()
