"""`./dev demo`: a narrated run on a running stack: success, decline, failed payment, promotion from the queue."""

from __future__ import annotations

import sys
from pathlib import Path

from rich.console import Console
from rich.panel import Panel

from tests.support.client_api import Booking, ClientApi
from tests.support.environment import Environment
from tests.support.http import ProblemError
from tests.support.processes import Processes
from tests.support.stack import RunningStack
from tests.support.waiting import until
from tests.support.world import World

out = Console(highlight=False)


def tell(text: str) -> None:
    """One line of the story."""
    out.print(f"  {text}")


def show(booking: Booking) -> None:
    """How a booking stands."""
    more = booking.failure_reason or booking.cancel_reason or ""
    tell(f"→ booking [bold]{booking.id[:8]}[/] is [bold]{booking.status}[/] {more}".rstrip())


def success(world: World, buyer: ClientApi) -> Booking:
    """A booking that ends with a document."""
    out.print(Panel("1. A booking that succeeds"))
    seat = world.seats[0]
    tell(f"{buyer.account.name} books seat {seat.section} {seat.row}-{seat.number}; the organizer holds it.")
    booking = world.book(buyer, 0)
    show(booking)
    tell(f"Invoice {booking.invoice_number}, to be paid at {booking.payment_url}")
    world.pay(booking)
    show(world.await_status(buyer, booking.id, "BOOKED"))
    world.await_document(buyer, booking.id)
    tell(f"The ticket: {buyer.ticket(booking.id).url}")
    return booking


def decline(world: World, buyer: ClientApi) -> None:
    """The organizer says no."""
    out.print(Panel("2. A booking that the organizer declines"))
    world.organizer.simulate(next_outcomes=["fail"])
    problem = world.refused(buyer, 1)
    tell(f"Answer {problem.status} [bold]{problem.type}[/]: {problem.document['detail']}")
    show(buyer.booking(problem.document["booking_id"]))
    tell(f"The seat is {world.seat_status(1)} again.")


def failed_payment(world: World, buyer: ClientApi) -> None:
    """The payment fails."""
    out.print(Panel("3. A booking whose payment fails"))
    world.payment.simulate(next_outcomes=["fail"])
    booking = world.book(buyer, 1)
    show(booking)
    world.pay(booking)
    show(world.await_status(buyer, booking.id, "FAILED"))
    until(lambda: world.seat_status(1), lambda status: status == "OPEN", what="the seat is open again")
    world.await_document(buyer, booking.id)
    tell(f"The seat is open again; the notice: {buyer.ticket(booking.id).url}")


def promotion(world: World, holder: ClientApi, booking: Booking) -> None:
    """A cancelled seat goes to the first in its queue."""
    out.print(Panel("4. A cancellation, and the queue behind the seat"))
    waiters = [world.buyer("Bima Putra"), world.buyer("Citra Dewi")]
    entries = [waiter.join_queue(world.seats[0].id) for waiter in waiters]
    for waiter, entry in zip(waiters, entries, strict=True):
        tell(f"{waiter.account.name} queues for the taken seat: position {entry.position}.")
    holder.cancel(booking.id)
    until(
        lambda: holder.booking(booking.id).refund_status, lambda status: status == "REFUNDED", what="the money is back"
    )
    tell(f"{holder.account.name} cancels and is refunded.")
    offer = until(
        lambda: next(iter(waiters[0].bookings()), None),
        lambda offer: offer is not None and offer.status == "AWAITING_PAYMENT",
        what="the first in line has an offer",
    )
    assert offer is not None
    tell(f"{waiters[0].account.name} was first and gets an offer; the seat was never open in between.")
    show(offer)
    world.pay(offer)
    show(world.await_status(waiters[0], offer.id, "BOOKED"))
    tell(f"{waiters[1].account.name} waits on, now at position {waiters[1].entry(entries[1].id).position}.")


def main() -> int:
    """The exit status: 1 when the story did not go as told."""
    environment = Environment.of_process()
    home = Path(environment.ticketing_home)
    world = World(RunningStack(home, environment, Processes(home)))
    try:
        world.calm()
        buyer = world.buyer("Ayu Lestari")
        booking = success(world, buyer)
        decline(world, buyer)
        failed_payment(world, buyer)
        promotion(world, buyer, booking)
        world.stack.check()
    except (AssertionError, ProblemError) as error:
        sys.stderr.write(f"The demo did not go as planned: {error}\n")
        return 1
    finally:
        world.restore_chance()
        world.close()
    out.print(Panel("Databases, organizers and bucket tell the same story: every promise was kept.", style="green"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
