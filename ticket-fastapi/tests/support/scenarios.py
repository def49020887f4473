"""Starting states of an event, actions on it, and ways to interleave two actions."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from support.action_plan import ActionPlan, Fault
from support.concurrency_harness import ConcurrencyHarness, PaymentWebhook

Action = Callable[[ConcurrencyHarness, ActionPlan], Awaitable[None]]
Scenario = Callable[[ConcurrencyHarness], Awaitable[None]]
HOLDER, FIRST, SECOND, OTHER = range(4)


# Starting states.


async def seat_taken(harness: ConcurrencyHarness) -> None:
    await harness.book(HOLDER, [0], ActionPlan())
    await harness.check_rules()


async def two_in_queue(harness: ConcurrencyHarness) -> None:
    await seat_taken(harness)
    await harness.join(FIRST, 0, ActionPlan())
    await harness.join(SECOND, 0, ActionPlan())
    await harness.check_rules()


async def booking_cancelled(harness: ConcurrencyHarness) -> None:
    """The booking is cancelled and not released yet; the queue is empty."""
    await seat_taken(harness)
    await harness.cancel(newest_booking(harness), "BUYER", ActionPlan())
    await harness.check_rules()


async def booking_cancelled_two_in_queue(harness: ConcurrencyHarness) -> None:
    await two_in_queue(harness)
    await harness.cancel(newest_booking(harness), "BUYER", ActionPlan())
    await harness.check_rules()


async def first_in_queue_promoted(harness: ConcurrencyHarness) -> None:
    """The first in the queue has the seat; the organizer has not been asked yet."""
    await booking_cancelled_two_in_queue(harness)
    await harness.run_worker(newest_booking(harness), ActionPlan())
    await harness.check_rules()


async def payment_overdue(harness: ConcurrencyHarness) -> None:
    await two_in_queue(harness)
    await harness.pass_payment_deadline(newest_booking(harness))


async def payment_webhook_pending(harness: ConcurrencyHarness) -> None:
    """The invoice is paid; ticket has not received the webhook yet."""
    await two_in_queue(harness)
    harness.set_invoice_status(newest_booking(harness), "PROCESSING")
    harness.set_invoice_status(newest_booking(harness), "PAID")


async def sale_over_two_in_queue(harness: ConcurrencyHarness) -> None:
    """The sale has ended; the seat of a cancelled booking is not reassigned yet."""
    await booking_cancelled_two_in_queue(harness)
    await close_sales(harness, ActionPlan())


async def refund_owed(harness: ConcurrencyHarness) -> None:
    """A paid booking is cancelled; the refund has not been requested yet."""
    await payment_webhook_pending(harness)
    await harness.deliver_webhook(harness.webhooks[0], ActionPlan())
    await harness.cancel(newest_booking(harness), "BUYER", ActionPlan())
    await harness.check_rules()


def newest_booking(harness: ConcurrencyHarness) -> str:
    return list(harness.snapshot.bookings)[-1]


# Actions.


async def join(harness: ConcurrencyHarness, plan: ActionPlan) -> None:
    await harness.join(OTHER, 0, plan)


async def leave(harness: ConcurrencyHarness, plan: ActionPlan) -> None:
    await harness.leave_queue(next(iter(harness.snapshot.entries)), plan)


async def book(harness: ConcurrencyHarness, plan: ActionPlan) -> None:
    await harness.book(OTHER, [0], plan)


async def run_worker(harness: ConcurrencyHarness, plan: ActionPlan) -> None:
    """Does the work of the newest booking, which may have been created since the last snapshot."""
    harness.snapshot = await harness.take_snapshot()
    await harness.run_worker(newest_booking(harness), plan)


async def cancel(harness: ConcurrencyHarness, plan: ActionPlan) -> None:
    await harness.cancel(newest_booking(harness), "BUYER", plan)


async def deliver_webhook(harness: ConcurrencyHarness, plan: ActionPlan) -> None:
    await harness.deliver_webhook(harness.webhooks[0], plan)


async def start_payment(harness: ConcurrencyHarness, plan: ActionPlan) -> None:
    """Starts a payment of the newest booking if its invoice can still be paid."""
    harness.snapshot = await harness.take_snapshot()
    if harness.snapshot.invoices.get(newest_booking(harness), {}).get("status") == "PENDING":
        harness.set_invoice_status(newest_booking(harness), "PROCESSING")


async def close_sales(harness: ConcurrencyHarness, plan: ActionPlan) -> None:
    await harness.end_sale("close-sales", plan)


async def cancel_event(harness: ConcurrencyHarness, plan: ActionPlan) -> None:
    await harness.end_sale("cancel", plan)


async def run_worker_and_book(harness: ConcurrencyHarness, plan: ActionPlan) -> None:
    """Releases the seat, which another buyer then books."""
    await run_worker(harness, plan)
    await harness.book(OTHER, [0], ActionPlan())


async def refund(harness: ConcurrencyHarness, plan: ActionPlan) -> None:
    """Makes the refund and delivers its webhook."""
    harness.set_invoice_status(newest_booking(harness), "REFUNDED")
    await harness.deliver_webhook(harness.webhooks[-1], plan)


async def seat_open(harness: ConcurrencyHarness) -> None:
    """Leaves all seats open."""


@asynccontextmanager
async def event_on_sale(harness: ConcurrencyHarness) -> AsyncIterator[None]:
    """Creates an event; at the end of the block kills unfinished actions and empties all tables."""
    await harness.create_event()
    try:
        yield
    finally:
        await harness.clean_up()


async def interleave(
    harness: ConcurrencyHarness, scenario: Scenario, interrupted: Action, interrupting: Action, pause_at: int
) -> bool:
    """Pauses `interrupted` at point `pause_at`, runs `interrupting` as far as locks allow, then resumes `interrupted`.

    Checks all rules on the way. Returns whether `interrupted` has so many points.
    """
    async with event_on_sale(harness):
        await scenario(harness)
        await interrupted(harness, ActionPlan(pause_at))
        if not harness.actions.paused:
            return False
        harness.snapshot = await harness.take_snapshot()
        if harness.snapshot.bookings or interrupting is not run_worker:
            await interrupting(harness, ActionPlan())
        await harness.check_rules()
        await harness.actions.finish_all()
        await harness.check_rules()
        await harness.finish_everything()
    return True


async def declined_while_a_request_is_late(harness: ConcurrencyHarness) -> None:
    """The first hold request of a promotion is late and all others are declined; then the late one arrives."""
    async with event_on_sale(harness):
        await first_in_queue_promoted(harness)
        booking_id = newest_booking(harness)
        await harness.run_worker(booking_id, ActionPlan(faults={"organizer.hold": Fault.LATE_REQUEST}))
        for _ in range(harness.system.settings.promotion_attempts):
            await harness.run_worker(booking_id, ActionPlan(faults={"organizer.hold": Fault.DECLINE}))
        await harness.finish_everything()


async def late_request_for_an_ended_booking(harness: ConcurrencyHarness) -> None:
    """The organizer receives a hold request after the booking has failed and its seats were reassigned."""
    async with event_on_sale(harness):
        await harness.book(HOLDER, [0], ActionPlan(faults={"organizer.hold": Fault.LATE_REQUEST}))
        await run_worker(harness, ActionPlan())
        await harness.check_rules()
        await harness.finish_everything()


async def paid_before_the_booking_is_confirmed(harness: ConcurrencyHarness) -> None:
    """The webhook of the payment arrives before ticket has confirmed the booking."""
    async with event_on_sale(harness):
        await harness.book(HOLDER, [0], ActionPlan(pause_at=1))
        while harness.actions.paused[0].paused_before != "after payment.create":
            await harness.actions.resume(harness.actions.paused[0], pause_after=1)
        harness.snapshot = await harness.take_snapshot()
        for outcome in ("PROCESSING", "PAID"):
            harness.set_invoice_status(newest_booking(harness), outcome)
        await harness.deliver_webhook(harness.webhooks[0], ActionPlan())
        await harness.actions.finish_all()
        await harness.finish_everything()


async def older_webhook_arrives_last(harness: ConcurrencyHarness) -> None:
    """A webhook arrives after a newer one about the same invoice."""
    async with event_on_sale(harness):
        await seat_taken(harness)
        harness.set_invoice_status(newest_booking(harness), "PROCESSING")
        overtaken = {**harness.system.payment.invoices[newest_booking(harness)], "status": "PAID"}
        harness.set_invoice_status(newest_booking(harness), "FAILED")
        harness.webhooks.append(PaymentWebhook("msg_overtaken", "invoice.paid", overtaken))
        for webhook in harness.webhooks:
            await harness.deliver_webhook(webhook, ActionPlan())
        await harness.finish_everything()


async def event_cancelled_while_the_invoice_is_paid(harness: ConcurrencyHarness) -> None:
    """The event is cancelled before a booking is confirmed, while its buyer already pays the invoice."""
    async with event_on_sale(harness):
        await harness.book(HOLDER, [0], ActionPlan(pause_at=1))
        while harness.actions.paused[0].paused_before != "after payment.create":
            await harness.actions.resume(harness.actions.paused[0], pause_after=1)
        await harness.check_rules()
        await harness.actions.kill(harness.actions.paused[0])
        harness.set_invoice_status(newest_booking(harness), "PROCESSING")
        await cancel_event(harness, ActionPlan())
        await harness.sweep_queues(ActionPlan())
        await run_worker(harness, ActionPlan())
        await harness.check_rules()
        assert harness.snapshot.bookings[newest_booking(harness)]["status"] == "CANCELLED"
        await harness.finish_everything()
