"""Each guard with a test that fails without it: what happens when it is switched off, and that it does not otherwise.

First the guard is off, and a broken promise is looked for in every interleaving of two doings, or in a story; it must
be found. Then, at the very same point, with the guard on, it must not be. docs/locking.md lists guards and their tests.
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
from support import scenes, switches
from support.doings import WAITING_FOR_LOCKS
from support.scenes import Doing, Scene
from support.stage import Stage, until
from support.switches import Switch
from support.theatre import Theatre
from ticketing.db.catalogue import event_operations
from ticketing.db.tables import metadata

Opened = tuple[Theatre, asyncio.Runner]
Story = Callable[[Theatre], Awaitable[None]]
MOST_POINTS = 80
SEAT_GUARDS = ("one_live_booking_per_seat", "one_offer_per_seat")


@dataclass(frozen=True)
class Pair:
    """`one` and `other` at the same time in `scene`; without the guard, what `broken` describes is seen at some point.

    `indexes`: those that would stand in for the guard, and are off together with it. `seen_at`: the point where it was
    last seen, which is tried first; all others are tried after it.
    """

    off: Switch
    scene: Scene
    one: Doing
    other: Doing
    broken: str
    indexes: tuple[str, ...] = ()
    seen_at: int = 1


PAIRS = {
    "joining locks the seat": Pair(
        switches.joining_locks_the_seat,
        scenes.ended,
        scenes.join,
        scenes.work,
        "5: seat .* is OPEN while 1 wait",
        seen_at=4,
    ),
    "the handover locks the seats": Pair(
        switches.handover_locks_the_seats,
        scenes.ended,
        scenes.work,
        scenes.join,
        "5: seat .* is OPEN while 1 wait",
        seen_at=13,
    ),
    "the handover locks the first in line": Pair(
        switches.handover_locks_the_first_in_line,
        scenes.ended_and_queued,
        scenes.work,
        scenes.leave,
        "5: .* came from the queue, its entry is LEFT",
        seen_at=13,
    ),
    "an entry changes only from the state that was read": Pair(
        switches.entry_changes_from_the_state_that_was_read,
        scenes.ended_and_queued,
        scenes.leave,
        scenes.work,
        "5: .* came from the queue, its entry is LEFT",
    ),
    "a booking changes only from the state that was read": Pair(
        switches.booking_changes_from_the_state_that_was_read,
        scenes.overdue,
        scenes.cancel,
        scenes.work,
        "was EXPIRED and became CANCELLED",
    ),
    "a release that runs again changes nothing (first in line)": Pair(
        switches.handover(once=False, to_its_holder=False),
        scenes.ended_and_queued,
        scenes.work,
        scenes.work,
        "^[15]: ",
        SEAT_GUARDS,
    ),
    "a release that runs again changes nothing (newer holder)": Pair(
        switches.handover(once=False, to_its_holder=False),
        scenes.ended,
        scenes.work,
        scenes.work_twice,
        "^1: ",
        SEAT_GUARDS,
        seen_at=4,
    ),
    "a line closes with its seat": Pair(
        switches.a_line_closes_with_its_seat,
        scenes.over_and_queued,
        scenes.work,
        scenes.cancel,
        "5: seat .* is OPEN while 2 wait",
    ),
    "a release waits for the organizer": Pair(
        switches.release_waits_for_the_organizer,
        scenes.ended,
        scenes.work,
        scenes.join,
        "3: .* was released, but the organizer holds seats for it",
    ),
    "nothing is cancelled unpaid before its invoice is void": Pair(
        switches.nothing_ends_unpaid_before_its_invoice_is_void,
        scenes.taken,
        scenes.cancel,
        scenes.pay,
        "3: .* is CANCELLED, its invoice was not made void",
    ),
    "nothing expires before its invoice is void": Pair(
        switches.nothing_ends_unpaid_before_its_invoice_is_void,
        scenes.overdue,
        scenes.work,
        scenes.pay,
        "3: .* is EXPIRED, its invoice was not made void",
    ),
    "a refund is owed once": Pair(
        switches.a_refund_is_owed_once,
        scenes.paid_and_cancelled,
        scenes.work,
        scenes.refund,
        "7: the end of .* is not complete|has refund PENDING",
        seen_at=5,
    ),
}

STORIES: dict[str, tuple[Switch, Story, str]] = {
    "a release waits for payment": (
        switches.release_waits_for_payment,
        scenes.called_off_while_paid,
        "3: .* was released and can still be paid",
    ),
    "a doubtful decline is released like a hold": (
        switches.a_doubtful_decline_is_released_like_a_hold,
        scenes.declined_while_a_request_is_late,
        "3: an orphan hold|organizer holds seats for it|knows another holder",
    ),
    "a released hold leaves a tombstone": (
        switches.a_released_hold_leaves_a_tombstone,
        scenes.late_request_for_an_ended_booking,
        "3: .* was released, but the organizer holds seats for it|3: an orphan hold",
    ),
    "news that come too early come again": (
        switches.early_news_come_again,
        scenes.paid_before_its_time,
        "7: .* is AWAITING_PAYMENT, its invoice PAID",
    ),
    "older news are ignored": (
        switches.older_news_are_ignored,
        scenes.older_news_last,
        "7: the end of .* is not complete: .*'refund_status': 'PENDING'",
    ),
}


@pytest.mark.timeout(300)
@pytest.mark.parametrize("pair", PAIRS.values(), ids=PAIRS)
def test_without_the_guard_some_interleaving_breaks_a_promise_and_with_it_that_one_does_not(
    opened: Opened, pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    theatre, runner = opened
    with monkeypatch.context() as patch, without_indexes(opened, pair.indexes):
        pair.off(patch)
        point = the_point_that_breaks(opened, pair)
    runner.run(scenes.interleaved(theatre, pair.scene, pair.one, pair.other, point))


def the_point_that_breaks(opened: Opened, pair: Pair) -> int:
    theatre, runner = opened
    for point in (pair.seen_at, *range(1, MOST_POINTS)):
        try:
            goes_on = runner.run(scenes.interleaved(theatre, pair.scene, pair.one, pair.other, point))
        except Exception as error:
            if re.search(pair.broken, str(error), re.MULTILINE):
                return point
            raise
        if not goes_on and point != pair.seen_at:
            break
    raise AssertionError(f"without the guard nothing was seen of {pair.broken!r}: it cannot be what prevents that")


@pytest.mark.timeout(120)
@pytest.mark.parametrize(("off", "story", "broken"), STORIES.values(), ids=STORIES)
def test_without_the_guard_the_story_ends_badly_and_with_it_well(
    opened: Opened, off: Switch, story: Story, broken: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    theatre, runner = opened
    with monkeypatch.context() as patch:
        off(patch)
        with pytest.raises(AssertionError, match=broken):
            runner.run(as_coroutine(story(theatre)))
    runner.run(as_coroutine(story(theatre)))


async def as_coroutine(doing: Awaitable[None]) -> None:
    await doing


@contextmanager
def without_indexes(opened: Opened, names: tuple[str, ...]) -> Iterator[None]:
    """Nothing that breaks them is there any more when they are made again: the theatre sweeps its house."""
    theatre, runner = opened
    indexes = [index for table in metadata.tables.values() for index in table.indexes if index.name in names]

    async def each(do: Callable[[sa.Index, Any], None]) -> None:
        async with theatre.observer.begin() as connection:
            for index in indexes:
                await connection.run_sync(lambda raw, at=index: do(at, raw))  # type: ignore[misc]

    runner.run(each(lambda index, raw: index.drop(raw)))
    try:
        yield
    finally:
        runner.run(each(lambda index, raw: index.create(raw)))


@pytest.mark.parametrize("once", [True, False], ids=["it was released before", "somebody else has the seat"])
@pytest.mark.parametrize("who", ["first in line", "newer holder"])
def test_each_of_two_guards_of_the_handover_is_enough_alone(
    opened: Opened, who: str, once: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    theatre, runner = opened
    pair = PAIRS[f"a release that runs again changes nothing ({who})"]
    with without_indexes(opened, pair.indexes):
        with monkeypatch.context() as patch:
            pair.off(patch)
            point = the_point_that_breaks(opened, pair)
        switches.handover(once=once, to_its_holder=not once)(monkeypatch)
        runner.run(scenes.interleaved(theatre, pair.scene, pair.one, pair.other, point))


def test_without_both_the_database_still_refuses_to_promote_a_second_time(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    pair = replace(PAIRS["a release that runs again changes nothing (first in line)"], broken=SEAT_GUARDS[0])
    pair.off(monkeypatch)
    assert the_point_that_breaks(opened, pair)


# One statement takes the seats.


async def test_a_hold_that_finds_one_of_its_seats_taken_takes_none(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    event, some = await stage.event()
    await stage.book(event, some[:1])
    with monkeypatch.context() as patch:
        switches.a_hold_takes_all_seats_or_none(patch)
        half = await stage.client.post("/api/v1/bookings", json=stage.order(event, some[:2]))
        assert [seat["id"] for seat in half.json()["seats"]] == [some[1]["id"]]
    refused = await stage.client.post("/api/v1/bookings", json=stage.order(event, [some[0], some[2]]))
    assert (refused.status_code, refused.json()["type"]) == (409, "seat-unavailable")
    assert (await stage.seat(some[2]["id"]))["status"] == "OPEN"


@pytest.mark.parametrize(("guarded", "sold"), [(False, 201), (True, 409)], ids=["without the guard", "with it"])
async def test_a_hold_waits_for_a_cancellation_of_its_event_that_is_under_way(
    stage: Stage, guarded: bool, sold: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not guarded:
        switches.a_hold_waits_for_a_cancellation(monkeypatch)
    event, some = await stage.event()
    async with stage.services.engine.begin() as cancelling, reading(stage.services.engine) as looking:
        await event_operations.lock_event(cancelling, UUID(event["id"]))
        await event_operations.mark_cancelled(cancelling, UUID(event["id"]))
        booking = asyncio.create_task(stage.client.post("/api/v1/bookings", json=stage.order(event, some[:1])))

        async def waits() -> bool:
            return booking.done() or bool((await looking.execute(WAITING_FOR_LOCKS)).scalar_one())

        await until(waits)
    assert (await booking).status_code == sold


# The last guards: the database itself.

LAST_GUARDS = {
    "one_live_booking_per_seat": "UPDATE booking_seats SET live = true",
    "one_offer_per_seat": "UPDATE waitlist_entries SET status = 'OFFERED', booking_id = gen_random_uuid()",
    "one_live_entry_per_buyer_and_seat": "UPDATE waitlist_entries SET customer_id = event_id",
    "ck_seats_seat_names_its_booking": "UPDATE seats SET status = 'OPEN'",
    "ck_waitlist_entries_offer_names_its_booking": "UPDATE waitlist_entries SET status = 'OFFERED' WHERE id = $1",
    "ck_bookings_waiting_has_a_deadline": "UPDATE bookings SET hold_expires_at = NULL",
}


@pytest.mark.parametrize(("guard", "statement"), LAST_GUARDS.items(), ids=LAST_GUARDS)
async def test_the_database_refuses_what_would_break_a_promise_and_only_by_this_guard(
    stage: Stage, guard: str, statement: str
) -> None:
    event, (seat, *_) = await stage.event()
    failed = await stage.book(event, [seat])
    await stage.pay(failed["id"], "FAILED")
    await stage.settle()
    await stage.book(event, [seat])
    entries = [await stage.join(seat), await stage.join(seat)]
    parameters = (UUID(entries[0]["id"]),) if "$1" in statement else ()
    with pytest.raises(IntegrityError, match=guard):
        await _and_undo(stage, (statement, parameters))
    await _and_undo(stage, (_drop(guard), ()), (statement, parameters))


def _drop(guard: str) -> str:
    for table in metadata.tables.values():
        if any(constraint.name == guard for constraint in table.constraints):
            return f"ALTER TABLE {table.name} DROP CONSTRAINT {guard}"
    return f"DROP INDEX {guard}"


async def _and_undo(stage: Stage, *statements: tuple[str, tuple[object, ...]]) -> None:
    async with stage.services.engine.connect() as connection:
        for statement, parameters in statements:
            await connection.exec_driver_sql(statement, parameters)
        await connection.rollback()
