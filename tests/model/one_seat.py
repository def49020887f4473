"""A model of the protocol around one seat, small enough to be walked exhaustively.

One seat, two buyers who book it (`ada`, `ben`) and one person in the queue (`wim`, whose booking is made by a
promotion). Ticket's handlers may stop at any step, requests to the organizer and to payment may be carried out long
after their sender gave up, answers may be lost, jobs and webhooks repeat. Time is not modelled: whatever a deadline
allows may happen at once.

The steps are named after ticket's use cases (`ticketing/usecases/`), the organizer's and payment's after what they
answer to, so that the model can be laid beside the code. A step is a function of the whole world that yields the
worlds it may lead to; it yields nothing where it does not apply.

`Rules` switches single rules of the protocol off, so that the tests can show what each of them prevents.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

Name = Literal["ada", "ben", "wim"]
BUYERS: tuple[Name, ...] = ("ada", "ben")
EVERYONE: tuple[Name, ...] = ("ada", "ben", "wim")

BookingStatus = Literal["-", "HOLDING", "AWAITING_PAYMENT", "BOOKED", "ENDED"]
"""FAILED, EXPIRED and CANCELLED are one here: the seat and the money go the same way after each."""
Handler = Literal["-", "asking_hold", "held", "asking_invoice", "invoiced"]
HoldStatus = Literal["-", "HELD", "RELEASED"]
InvoiceStatus = Literal["-", "PENDING", "PROCESSING", "PAID", "FAILED", "VOID", "REFUNDED"]
SeatStatus = Literal["OPEN", "ON_GOING", "BOOKED"]
EntryStatus = Literal["-", "WAITING", "OFFERED", "FULFILLED", "LAPSED"]


class Booking(NamedTuple):
    """One booking as all three systems see it."""

    status: BookingStatus = "-"
    handler: Handler = "-"  # where the request handler, or the promotion job, stands; "-": none runs
    released: bool = False  # the end is complete: the seat was handed on
    hold_gone: bool = False  # what the running release job has been told by the organizer
    invoice_settled: bool = False  # and by payment
    hold: HoldStatus = "-"  # at the organizer
    hold_requests: int = 0  # on their way to the organizer
    invoice: InvoiceStatus = "-"  # at payment
    invoice_requests: int = 0  # on their way to payment


class World(NamedTuple):
    """Everything that is stored or on its way."""

    seat: SeatStatus = "OPEN"
    seat_booking: Name | None = None
    entry: EntryStatus = "-"
    ada: Booking = Booking()
    ben: Booking = Booking()
    wim: Booking = Booking()

    def booking(self, name: Name) -> Booking:
        found: Booking = getattr(self, name)
        return found

    def with_booking(self, name: Name, **changes: Any) -> World:
        changed: dict[str, Any] = {name: self.booking(name)._replace(**changes)}
        return self._replace(**changed)


@dataclass(frozen=True)
class Rules:
    """The protocol's rules that a walk can leave out."""

    tombstones: bool = True  # a released hold id, a void reference refuse later requests (docs/booking.md, Release)
    release_before_reassignment: bool = True  # the seat waits until organizer and payment have confirmed
    settled_means_final: bool = True  # an invoice whose payment is under way is waited for before the seat goes on
    seat_names_believed_booking: bool = True  # a change of a seat names the booking it believes has it
    release_after_doubtful_decline: bool = (
        True  # a decline frees the seat at once only if no other request is under way
    )


Step = Callable[[World, Rules], Iterator[World]]


# --- ticket: taking the seat
# ------------------------------------------------------------------------------------------------


def hold_seats(world: World, _: Rules) -> Iterator[World]:
    """Transaction 1 of a buyer's request: OPEN → ON_GOING and the booking HOLDING, committed before anybody is
    called."""
    for name in BUYERS:
        if world.seat == "OPEN" and world.booking(name).status == "-":
            yield world._replace(seat="ON_GOING", seat_booking=name).with_booking(name, status="HOLDING")


def join_waitlist(world: World, _: Rules) -> Iterator[World]:
    if world.seat != "OPEN" and world.entry == "-":
        yield world._replace(entry="WAITING")


def ask_organizer(world: World, _: Rules) -> Iterator[World]:
    """The handler sends its hold request; a promotion's job asks again whenever it runs again."""
    for name in EVERYONE:
        booking = world.booking(name)
        asks_first = (
            booking.handler == "-"
            and booking.status == "HOLDING"
            and (name == "wim" or (booking.hold_requests == 0 and booking.hold == "-"))
        )
        if asks_first and booking.hold_requests < 2:
            yield world.with_booking(name, handler="asking_hold", hold_requests=booking.hold_requests + 1)


def look_up_hold(world: World, _: Rules) -> Iterator[World]:
    """No answer came: the handler asks the organizer for the hold by its id instead of guessing."""
    for name in EVERYONE:
        booking = world.booking(name)
        if booking.handler == "asking_hold":
            if booking.hold == "HELD":
                yield world.with_booking(name, handler="held")
            else:
                yield end_booking(world, name).with_booking(name, handler="-")


def ask_payment(world: World, _: Rules) -> Iterator[World]:
    for name in EVERYONE:
        booking = world.booking(name)
        if booking.handler == "held" and booking.invoice_requests < 2:
            yield world.with_booking(name, handler="asking_invoice", invoice_requests=booking.invoice_requests + 1)


def give_up_on_payment(world: World, _: Rules) -> Iterator[World]:
    """No invoice could be made: INVOICE_UNAVAILABLE."""
    for name in EVERYONE:
        if world.booking(name).handler == "asking_invoice":
            yield end_booking(world, name).with_booking(name, handler="-")


def confirm_hold(world: World, _: Rules) -> Iterator[World]:
    """Transaction 2: HOLDING → AWAITING_PAYMENT, unless somebody has ended the booking meanwhile."""
    for name in EVERYONE:
        booking = world.booking(name)
        if booking.handler == "invoiced":
            confirmed: BookingStatus = "AWAITING_PAYMENT" if booking.status == "HOLDING" else booking.status
            yield world.with_booking(name, status=confirmed, handler="-")


def handler_stops(world: World, _: Rules) -> Iterator[World]:
    """A crash, at any point. What it has sent stays on its way."""
    for name in EVERYONE:
        if world.booking(name).handler != "-":
            yield world.with_booking(name, handler="-")


def sweep_holding(world: World, _: Rules) -> Iterator[World]:
    """HOLDING for too long: undone, although a slow handler may still be at work on it. A promotion is never undone by
    the worker, its job runs again."""
    for name in BUYERS:
        if world.booking(name).status == "HOLDING":
            yield end_booking(world, name)


def sweep_confirm(world: World, _: Rules) -> Iterator[World]:
    """HOLDING for too long, but organizer and payment both know it: finished instead."""
    for name in EVERYONE:
        booking = world.booking(name)
        if booking.status == "HOLDING" and booking.hold == "HELD" and booking.invoice == "PENDING":
            yield world.with_booking(name, status="AWAITING_PAYMENT")


def promotion_gives_up(world: World, _: Rules) -> Iterator[World]:
    """The organizer has declined PROMOTION_ATTEMPTS times."""
    if world.wim.status == "HOLDING" and world.wim.handler == "-":
        yield end_booking(world, "wim")


def end_booking(world: World, name: Name) -> World:
    """A live booking ends: committed with its release job. The seat still names it."""
    if world.booking(name).status not in ("HOLDING", "AWAITING_PAYMENT", "BOOKED"):
        return world
    return lapse_offer(world, name).with_booking(name, status="ENDED")


def lapse_offer(world: World, name: Name) -> World:
    return world._replace(entry="LAPSED") if name == "wim" and world.entry == "OFFERED" else world


# --- the organizer
# ----------------------------------------------------------------------------------------------------------


def organizer_holds(world: World, _: Rules) -> Iterator[World]:
    """A hold request arrives, perhaps late. Its answer reaches the handler or is lost."""
    for name in EVERYONE:
        booking = world.booking(name)
        if booking.hold_requests == 0:
            continue
        world_after = world.with_booking(name, hold_requests=booking.hold_requests - 1)
        if booking.hold == "RELEASED" or (booking.hold == "-" and held_by_another(world, name)):
            yield world_after  # refused: `released` or `already-held`
            continue
        held = world_after.with_booking(name, hold="HELD")
        yield held
        if booking.handler == "asking_hold":
            yield held.with_booking(name, handler="held")


def organizer_declines(world: World, rules: Rules) -> Iterator[World]:
    """Declined by chance: no hold exists. The seat is free at once if this was the only request and the handler is
    still there to be told."""
    for name in EVERYONE:
        booking = world.booking(name)
        if booking.hold_requests == 0 or booking.hold != "-":
            continue
        declined = world.with_booking(name, hold_requests=booking.hold_requests - 1)
        yield declined
        if booking.handler != "asking_hold":
            continue
        declined = declined.with_booking(name, handler="-")
        if name == "wim" and booking.status == "HOLDING":
            yield declined  # counted; the job asks again
        if booking.status == "HOLDING":
            ended = end_booking(declined, name)
            doubtful = name == "wim" and rules.release_after_doubtful_decline
            yield ended if doubtful else reassign(ended, name, rules)


def held_by_another(world: World, name: Name) -> bool:
    return any(world.booking(other).hold == "HELD" for other in EVERYONE if other != name)


# --- payment
# ----------------------------------------------------------------------------------------------------------------


def payment_invoices(world: World, _: Rules) -> Iterator[World]:
    """A request to invoice arrives, perhaps late. A reference that is void answers so."""
    for name in EVERYONE:
        booking = world.booking(name)
        if booking.invoice_requests == 0:
            continue
        after = world.with_booking(name, invoice_requests=booking.invoice_requests - 1)
        if booking.invoice == "-":
            after = after.with_booking(name, invoice="PENDING")
        yield after
        if booking.handler == "asking_invoice" and after.booking(name).invoice != "VOID":
            yield after.with_booking(name, handler="invoiced")


def buyer_pays(world: World, _: Rules) -> Iterator[World]:
    for name in EVERYONE:
        if world.booking(name).invoice == "PENDING":
            yield world.with_booking(name, invoice="PROCESSING")


def payment_decides(world: World, _: Rules) -> Iterator[World]:
    for name in EVERYONE:
        if world.booking(name).invoice == "PROCESSING":
            yield world.with_booking(name, invoice="PAID")
            yield world.with_booking(name, invoice="FAILED")


# --- ticket: what follows
# ---------------------------------------------------------------------------------------------------


def apply_payment(world: World, _: Rules) -> Iterator[World]:
    """The webhook, however often and however late; refused (503) while the booking is still HOLDING."""
    for name in EVERYONE:
        booking = world.booking(name)
        if booking.status == "AWAITING_PAYMENT" and booking.invoice == "PAID":
            fulfilled: EntryStatus = "FULFILLED" if name == "wim" else world.entry
            yield world._replace(seat="BOOKED", entry=fulfilled).with_booking(name, status="BOOKED")
        if booking.status == "AWAITING_PAYMENT" and booking.invoice == "FAILED":
            yield end_booking(world, name)


def refund_lost_payment(world: World, _: Rules) -> Iterator[World]:
    """A payment for a booking that has ended is given back."""
    for name in EVERYONE:
        booking = world.booking(name)
        if booking.status == "ENDED" and booking.invoice == "PAID":
            yield world.with_booking(name, invoice="REFUNDED")


def expire_booking(world: World, _: Rules) -> Iterator[World]:
    """The hold's deadline has passed. Payment is asked to void first; the booking ends only if it says that it has."""
    for name in EVERYONE:
        booking = world.booking(name)
        if booking.status == "AWAITING_PAYMENT" and booking.invoice in ("PENDING", "VOID"):
            voided = world.with_booking(name, invoice="VOID")
            yield voided  # stopped after the void, before the commit
            yield end_booking(voided, name)


def cancel_booking(world: World, _: Rules) -> Iterator[World]:
    """Unpaid: by the same gate as expiry, which is already modelled. Paid: ends at once; the refund is the release's
    first step."""
    for name in EVERYONE:
        if world.booking(name).status == "BOOKED":
            yield end_booking(world, name)


def release_hold(world: World, rules: Rules) -> Iterator[World]:
    """Release job: the organizer confirms that the hold is gone, and leaves a tombstone."""
    for name in EVERYONE:
        booking = world.booking(name)
        if booking.status == "ENDED" and not booking.released:
            gone: HoldStatus = "RELEASED" if rules.tombstones else "-"
            yield world.with_booking(name, hold=gone, hold_gone=True)
            yield world.with_booking(name, hold=gone)  # done, but the answer was lost


def settle_invoice(world: World, rules: Rules) -> Iterator[World]:
    """Release job: payment confirms that the reference is void, or has failed, or is refunded. While it is PROCESSING
    there is no answer yet."""
    for name in EVERYONE:
        booking = world.booking(name)
        if booking.status != "ENDED" or booking.released:
            continue
        if booking.invoice == "-":
            tombstone: InvoiceStatus = "VOID" if rules.tombstones else "-"
            yield world.with_booking(name, invoice=tombstone, invoice_settled=True)
        elif booking.invoice == "PENDING":
            yield world.with_booking(name, invoice="VOID", invoice_settled=True)
        elif booking.invoice == "PAID":
            yield world.with_booking(name, invoice="REFUNDED", invoice_settled=True)
        elif booking.invoice != "PROCESSING" or not rules.settled_means_final:
            yield world.with_booking(name, invoice_settled=True)


def release_seats(world: World, rules: Rules) -> Iterator[World]:
    """Release job, last: one transaction, in which the seat goes to the next in line or to OPEN."""
    for name in EVERYONE:
        booking = world.booking(name)
        confirmed = booking.hold_gone and booking.invoice_settled
        if booking.status == "ENDED" and not booking.released and (confirmed or not rules.release_before_reassignment):
            yield reassign(world, name, rules)


def stale_release(world: World, rules: Rules) -> Iterator[World]:
    """A release job that runs again although the seat was handed on: it must find nothing to do."""
    for name in EVERYONE:
        if world.booking(name).released:
            yield reassign(world, name, rules)


def reassign(world: World, name: Name, rules: Rules) -> World:
    """The seat passes, still ON_GOING, to a new booking of the first in line, or opens."""
    world = world.with_booking(name, released=True)
    if rules.seat_names_believed_booking and world.seat_booking != name:
        return world
    if world.entry == "WAITING":
        return world._replace(seat="ON_GOING", seat_booking="wim", entry="OFFERED").with_booking(
            "wim", status="HOLDING"
        )
    return world._replace(seat="OPEN", seat_booking=None)


STEPS: tuple[Step, ...] = (
    hold_seats,
    join_waitlist,
    ask_organizer,
    look_up_hold,
    ask_payment,
    give_up_on_payment,
    confirm_hold,
    handler_stops,
    sweep_holding,
    sweep_confirm,
    promotion_gives_up,
    organizer_holds,
    organizer_declines,
    payment_invoices,
    buyer_pays,
    payment_decides,
    apply_payment,
    refund_lost_payment,
    expire_booking,
    cancel_booking,
    release_hold,
    settle_invoice,
    release_seats,
    stale_release,
)
