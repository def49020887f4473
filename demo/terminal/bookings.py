"""Three bookings: one that succeeds, one that the organizer declines, one whose payment fails."""

from __future__ import annotations

from rich.markup import escape

from demo.failures import DemoFailure
from demo.outcomes import Outcomes
from demo.stage import Stage, pay
from demo.terminal.narrator import Narrator, state
from tests.support.client_api import Booking, ClientApi, Event, Seat
from tests.support.http import ProblemError


def seat_name(seat: Seat) -> str:
    return f"{seat.section} {seat.row}-{seat.number}"


def rupiah(amount: int | None) -> str:
    return f"Rp{amount or 0:,}".replace(",", ".")


def narrate_paid_booking(narrator: Narrator, stage: Stage, buyer: ClientApi, event: Event, seat: Seat) -> Booking:
    """Narrates a booking that succeeds, from the hold to the PDF."""
    narrator.heading("A booking that succeeds", "hold → invoice → payment → webhook → PDF")
    name = buyer.account.name
    narrator.step(f"{name} asks for seat {seat_name(seat)} of “{event.name}”.")
    booking = buyer.book(event.id, [seat.id])
    narrator.call("client", "ticket", f"POST /bookings, id [bold]{booking.id[:8]}[/], which names it everywhere")
    narrator.call("ticket", "organizer", f"hold {booking.id[:8]} → [green]201[/], the seat is {state('ON_GOING')}")
    narrator.call("ticket", "payment", f"invoice [bold]{booking.invoice_number}[/] over {rupiah(booking.amount)}")
    narrator.fact("booking", state(booking.status))
    narrator.link("payment page", booking.payment_url or "")
    narrator.step(f"{name} presses “Pay” on the payment page.")
    pay(booking)
    with narrator.waiting("payment works in the background, then calls ticket's webhook"):
        stage.await_status(buyer, booking.id, "BOOKED")
    stage.await_seat(event, seat, "BOOKED")
    narrator.fact("booking", f"{state('BOOKED')}, and so is the seat")
    with narrator.waiting("ticket renders the PDF and puts it into the object store"):
        document = stage.await_document(buyer, booking.id)
    narrator.link("presigned link", document.url)
    narrator.fact("downloaded", f"{document.size:,} bytes: “{escape(document.first_lines[0])}”")
    narrator.fact("SHA-256", f"[green]{document.sha256}[/], as promised")
    return booking


def narrate_declined_booking(narrator: Narrator, stage: Stage, outcomes: Outcomes, event: Event, seat: Seat) -> None:
    """Narrates a booking that the organizer declines."""
    narrator.heading("A booking that the organizer declines", "happens to 20 % by chance; now we ask for it")
    outcomes.next_hold_is_declined()
    buyer = stage.buyer("Dimas Arya")
    narrator.step(f"{buyer.account.name} asks for seat {seat_name(seat)}.")
    try:
        made = buyer.book(event.id, [seat.id])
    except ProblemError as problem:
        refusal = problem
    else:
        raise DemoFailure(f"The organizer did not decline: booking {made.id} is {made.status}.")
    narrator.call("ticket", "organizer", "hold → [red]409 declined[/]")
    narrator.call("client", buyer.account.name.split()[0], f"[red]{refusal.status} {refusal.type}[/]")
    narrator.fact("said to the buyer", escape(refusal.document["detail"]))
    stored = buyer.booking(refusal.document["booking_id"])
    narrator.fact("in the history", f"{state(stored.status)} · {stored.failure_reason}")
    stage.await_seat(event, seat, "OPEN")
    narrator.fact("the seat", f"{state('OPEN')} again")


def narrate_failed_payment(narrator: Narrator, stage: Stage, outcomes: Outcomes, event: Event, seat: Seat) -> None:
    """Narrates a booking whose payment fails."""
    narrator.heading("A booking whose payment fails", "happens to 10 % by chance; now we ask for it")
    outcomes.next_payment_fails()
    buyer = stage.buyer("Eka Wulandari")
    booking = buyer.book(event.id, [seat.id])
    narrator.step(f"{buyer.account.name} has seat {seat_name(seat)} held and pays invoice {booking.invoice_number}.")
    pay(booking)
    with narrator.waiting("payment works in the background, then calls ticket's webhook"):
        failed = stage.await_status(buyer, booking.id, "FAILED")
    narrator.fact("in the history", f"{state(failed.status)} · {failed.failure_reason}")
    with narrator.waiting("the organizer's hold is released, the seat opens"):
        stage.await_seat(event, seat, "OPEN")
    notice = stage.await_document(buyer, booking.id)
    narrator.link("notice PDF", notice.url)
