"""Every pair that matters, every way to interleave it: one doing is stopped before each of its statements, commits and
calls in turn, the other one is done meanwhile as far as locks let it, and then the first goes on.

Unlike the random plays (`test_stateful_bookings.py`), this leaves no gap between two statements untried.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import pytest
from conftest import SERVICE_KEY
from support.script import Script
from support.theatre import Theatre, opened_theatre, quick_document
from ticketing.settings import Settings
from ticketing.usecases import issue_document

IS_LONG = os.environ.get("TEST_LENGTH", "short") == "full"
MOST_POINTS = 80

Doing = Callable[[Theatre, Script], Awaitable[None]]
Scene = Callable[[Theatre], Awaitable[None]]
HOLDER, FIRST, SECOND, OTHER = range(4)


# What there is at the beginning.


async def taken(theatre: Theatre) -> None:
    await theatre.book(HOLDER, [0], Script())
    await theatre.check()


async def queued(theatre: Theatre) -> None:
    await taken(theatre)
    await theatre.join(FIRST, 0, Script())
    await theatre.join(SECOND, 0, Script())
    await theatre.check()


async def ended(theatre: Theatre) -> None:
    """Cancelled, not yet released, nobody in line."""
    await taken(theatre)
    await theatre.cancel(newest(theatre), "BUYER", Script())
    await theatre.check()


async def ended_and_queued(theatre: Theatre) -> None:
    await queued(theatre)
    await theatre.cancel(newest(theatre), "BUYER", Script())
    await theatre.check()


async def promoted(theatre: Theatre) -> None:
    """The first in line has the seat, and the organizer is to be asked."""
    await ended_and_queued(theatre)
    await theatre.work(newest(theatre), Script())
    await theatre.check()


async def overdue(theatre: Theatre) -> None:
    await queued(theatre)
    await theatre.expire(newest(theatre))


async def paid(theatre: Theatre) -> None:
    """Payment has decided; its webhook is on its way."""
    await queued(theatre)
    theatre.decide(newest(theatre), "PROCESSING")
    theatre.decide(newest(theatre), "PAID")


def newest(theatre: Theatre) -> str:
    return list(theatre.picture.bookings)[-1]


# What is done.


async def join(theatre: Theatre, script: Script) -> None:
    await theatre.join(OTHER, 0, script)


async def leave(theatre: Theatre, script: Script) -> None:
    await theatre.leave_line(next(iter(theatre.picture.entries)), script)


async def book(theatre: Theatre, script: Script) -> None:
    await theatre.book(OTHER, [0], script)


async def work(theatre: Theatre, script: Script) -> None:
    """What the newest booking needs, which may have been made meanwhile."""
    theatre.picture = await theatre.look()
    await theatre.work(newest(theatre), script)


async def cancel(theatre: Theatre, script: Script) -> None:
    await theatre.cancel(newest(theatre), "BUYER", script)


async def webhook(theatre: Theatre, script: Script) -> None:
    await theatre.deliver(theatre.news[0], script)


async def pay(theatre: Theatre, script: Script) -> None:
    """If it still can be paid."""
    theatre.picture = await theatre.look()
    if theatre.picture.invoices.get(newest(theatre), {}).get("status") == "PENDING":
        theatre.decide(newest(theatre), "PROCESSING")


async def close_sales(theatre: Theatre, script: Script) -> None:
    await theatre.end_sale("close-sales", script)


async def cancel_event(theatre: Theatre, script: Script) -> None:
    await theatre.end_sale("cancel", script)


async def nothing(theatre: Theatre) -> None:
    """An open seat."""


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


@pytest.fixture
def opened(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[Theatre, asyncio.Runner]]:
    monkeypatch.setattr(issue_document, "render", quick_document)
    with opened_theatre(settings, tmp_path, SERVICE_KEY) as opened:
        yield opened


@pytest.mark.timeout(300)
@pytest.mark.parametrize(("scene", "one", "other"), EVERY_POINT + SOME_POINTS, ids=lambda part: part.__name__)
def test_no_interleaving_breaks_a_promise(
    opened: tuple[Theatre, asyncio.Runner], scene: Scene, one: Doing, other: Doing
) -> None:
    theatre, runner = opened
    every = 1 if IS_LONG or (scene, one, other) in EVERY_POINT else 8
    for stop_at in range(1, MOST_POINTS, every):
        if not runner.run(_interleaved(theatre, scene, one, other, stop_at)):
            assert stop_at > 1, "never stopped"
            return
    raise AssertionError("more points than expected")


async def _interleaved(theatre: Theatre, scene: Scene, one: Doing, other: Doing, stop_at: int) -> bool:
    """Whether `one` has so many points."""
    await theatre.play()
    try:
        await scene(theatre)
        await one(theatre, Script(stop_at))
        if not theatre.doings.stopped:
            return False
        theatre.picture = await theatre.look()
        if theatre.picture.bookings or other is not work:
            await other(theatre, Script())
        await theatre.check()
        await theatre.doings.finish()
        await theatre.check()
        await theatre.come_to_rest()
    finally:
        await theatre.leave()
    return True


def test_a_release_waits_for_a_payment_that_is_being_processed(opened: tuple[Theatre, asyncio.Runner]) -> None:
    theatre, runner = opened

    async def called_off_while_paid() -> None:
        await theatre.play()
        try:
            await theatre.book(HOLDER, [0], Script(stop_at=1))
            while theatre.doings.stopped[0].stopped_before != "hearing from payment.create":
                await theatre.doings.go_on(theatre.doings.stopped[0], stop_after=1)
            await theatre.check()
            await theatre.doings.kill(theatre.doings.stopped[0])
            theatre.decide(newest(theatre), "PROCESSING")
            await cancel_event(theatre, Script())
            await theatre.sweep_queues(Script())
            await work(theatre, Script())
            await theatre.check()
            assert theatre.picture.bookings[newest(theatre)]["status"] == "CANCELLED"
            await theatre.come_to_rest()
        finally:
            await theatre.leave()

    runner.run(called_off_while_paid())
