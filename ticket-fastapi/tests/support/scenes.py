"""Scenes at an event, and what two people do in them at the same time, in every way to interleave it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from support.script import Fault, Script
from support.theatre import News, Theatre

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


async def over_and_queued(theatre: Theatre) -> None:
    """The sale has ended, and the seat of a cancelled booking has not been handed on."""
    await ended_and_queued(theatre)
    await close_sales(theatre, Script())


async def paid_and_cancelled(theatre: Theatre) -> None:
    """The money is to be given back."""
    await paid(theatre)
    await theatre.deliver(theatre.news[0], Script())
    await theatre.cancel(newest(theatre), "BUYER", Script())
    await theatre.check()


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


async def work_twice(theatre: Theatre, script: Script) -> None:
    """Until somebody else has the seat, if anybody wants it."""
    await work(theatre, script)
    await theatre.book(OTHER, [0], Script())


async def refund(theatre: Theatre, script: Script) -> None:
    """Payment has given the money back, and ticket hears of it."""
    theatre.decide(newest(theatre), "REFUNDED")
    await theatre.deliver(theatre.news[-1], script)


async def nothing(theatre: Theatre) -> None:
    """An open seat."""


@asynccontextmanager
async def put_on(theatre: Theatre) -> AsyncIterator[None]:
    """An empty house, an event on sale; afterwards the house is swept, whatever happened."""
    await theatre.play()
    try:
        yield
    finally:
        await theatre.leave()


async def interleaved(theatre: Theatre, scene: Scene, one: Doing, other: Doing, stop_at: int) -> bool:
    """`one` is stopped before its point number `stop_at`, `other` is done as far as locks let it, then `one` goes on.

    All promises are checked on the way. Answers whether `one` has so many points.
    """
    async with put_on(theatre):
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
    return True


async def declined_while_a_request_is_late(theatre: Theatre) -> None:
    """A promotion's first request is late, all others are declined; then the late one arrives."""
    async with put_on(theatre):
        await promoted(theatre)
        booking_id = newest(theatre)
        await theatre.work(booking_id, Script(faults={"organizer.hold": Fault.LATE_REQUEST}))
        for _ in range(theatre.stage.settings.promotion_attempts):
            await theatre.work(booking_id, Script(faults={"organizer.hold": Fault.DECLINE}))
        await theatre.come_to_rest()


async def late_request_for_an_ended_booking(theatre: Theatre) -> None:
    """The organizer hears of a hold whose booking was given up meanwhile, and whose seats were handed on."""
    async with put_on(theatre):
        await theatre.book(HOLDER, [0], Script(faults={"organizer.hold": Fault.LATE_REQUEST}))
        await work(theatre, Script())
        await theatre.check()
        await theatre.come_to_rest()


async def paid_before_its_time(theatre: Theatre) -> None:
    """The payment is told of while the booking is still being made."""
    async with put_on(theatre):
        await theatre.book(HOLDER, [0], Script(stop_at=1))
        while theatre.doings.stopped[0].stopped_before != "hearing from payment.create":
            await theatre.doings.go_on(theatre.doings.stopped[0], stop_after=1)
        theatre.picture = await theatre.look()
        for outcome in ("PROCESSING", "PAID"):
            theatre.decide(newest(theatre), outcome)
        await theatre.deliver(theatre.news[0], Script())
        await theatre.doings.finish()
        await theatre.come_to_rest()


async def older_news_last(theatre: Theatre) -> None:
    """A webhook that was overtaken by a later one."""
    async with put_on(theatre):
        await taken(theatre)
        theatre.decide(newest(theatre), "PROCESSING")
        overtaken = {**theatre.stage.payment.invoices[newest(theatre)], "status": "PAID"}
        theatre.decide(newest(theatre), "FAILED")
        theatre.news.append(News("msg_overtaken", "invoice.paid", overtaken))
        for news in theatre.news:
            await theatre.deliver(news, Script())
        await theatre.come_to_rest()


async def called_off_while_paid(theatre: Theatre) -> None:
    """The event is cancelled while a booking is still being made, whose invoice is being paid already."""
    async with put_on(theatre):
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
