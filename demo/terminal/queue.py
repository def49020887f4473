"""The queue: a booked seat is cancelled and passes to the first in its queue."""

from __future__ import annotations

from demo.failures import DemoFailure
from demo.seat_watch import SeatWatch
from demo.stage import Stage, pay
from demo.terminal.bookings import rupiah, seat_name
from demo.terminal.narrator import Narrator, state
from tests.support.client_api import Booking, ClientApi, Seat, WaitlistEntry

Waiter = tuple[ClientApi, WaitlistEntry]


def narrate_queue(narrator: Narrator, stage: Stage, holder: ClientApi, booking: Booking, seat: Seat) -> None:
    """Narrates how two buyers queue for a paid `seat`, and how the first gets it when `holder` cancels the booking."""
    narrator.heading("The reservation", "a taken seat, two who queue for it, a cancellation")
    first, second = _queue(narrator, stage, "Bima Putra", seat), _queue(narrator, stage, "Citra Dewi", seat)
    with SeatWatch(stage.environment.ticket_database_url, seat.id) as watch:
        _cancel(narrator, stage, holder, booking)
        offer = _offer(narrator, stage, first)
        _take(narrator, stage, first, offer)
    if watch.was_open:
        raise DemoFailure("The seat was seen OPEN while others were waiting for it.")
    _show_observations(narrator, watch, {booking.id: holder, offer.id: first[0]})
    moved = second[0].entry(second[1].id)
    narrator.fact(second[0].account.name, f"{state(moved.status)}, and now number [bold]{moved.position}[/] in line")


def _queue(narrator: Narrator, stage: Stage, name: str, seat: Seat) -> Waiter:
    buyer = stage.buyer(name)
    entry = buyer.join_queue(seat.id)
    narrator.step(f"{name} queues for {seat_name(seat)}: number [bold]{entry.position}[/] in line.")
    return buyer, entry


def _cancel(narrator: Narrator, stage: Stage, holder: ClientApi, booking: Booking) -> None:
    narrator.step(f"{holder.account.name} cancels the paid booking {booking.id[:8]}.")
    holder.cancel(booking.id)
    narrator.call("ticket", "payment", f"refund of {rupiah(booking.amount)}")
    narrator.call("ticket", "organizer", "DELETE the hold; only then may the seat pass on")
    with narrator.waiting("the money goes back"):
        cancelled = stage.await_refund(holder, booking.id)
    narrator.fact("booking", f"{state(cancelled.status)}, money {state('REFUNDED')}")


def _offer(narrator: Narrator, stage: Stage, waiter: Waiter) -> Booking:
    buyer, entry = waiter
    with narrator.waiting(f"the seat passes to {buyer.account.name}, the first in line"):
        offer = stage.await_offer(buyer, entry)
    narrator.fact("offer", f"booking [bold]{offer.id[:8]}[/], {state(offer.status)}, invoice {offer.invoice_number}")
    return offer


def _take(narrator: Narrator, stage: Stage, waiter: Waiter, offer: Booking) -> None:
    buyer, entry = waiter
    narrator.step(f"{buyer.account.name} pays within the offer's time.")
    pay(offer)
    with narrator.waiting("payment works in the background, then calls ticket's webhook"):
        stage.await_status(buyer, offer.id, "BOOKED")
        stage.await_entry(buyer, entry, "FULFILLED")
    document = stage.await_document(buyer, offer.id)
    narrator.fact("ticket", f"PDF of {document.size:,} bytes, SHA-256 as promised")


def _show_observations(narrator: Narrator, watch: SeatWatch, owners: dict[str, ClientApi]) -> None:
    def owner(booking_id: str | None) -> str:
        found = owners.get(booking_id or "")
        return f"{found.account.name} ({booking_id[:8]})" if found and booking_id else "nobody"

    rows = [(f"{sight.seconds:6.2f} s", state(sight.status), owner(sight.booking_id)) for sight in watch.sights]
    narrator.step(f"What the seat was seen to be, in {watch.looks:,} looks; [bold]never OPEN[/]:")
    narrator.table("", ("after", "seat", "belongs to"), rows)
