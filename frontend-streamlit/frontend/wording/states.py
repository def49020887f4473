"""The words for every state, reason and movement of money."""

from dataclasses import dataclass
from typing import Literal

from frontend.api.models import Booking, BookingStatus, WaitlistStatus
from frontend.wording.formatting import money

Colour = Literal["red", "orange", "yellow", "blue", "green", "violet", "gray"]
Tone = Literal["info", "success", "warning", "error"]


@dataclass(frozen=True)
class Wording:
    """A state for people: its label, its look, and one sentence about what it means."""

    label: str
    icon: str
    colour: Colour
    tone: Tone
    sentence: str


BOOKING = {
    BookingStatus.REQUESTED: Wording(
        "Requested",
        ":material/hourglass_top:",
        "blue",
        "info",
        "We have sent your request and are waiting for a definite answer. Nothing has been charged.",
    ),
    BookingStatus.HOLDING: Wording(
        "Holding seats",
        ":material/hourglass_top:",
        "blue",
        "info",
        "We are asking the organizer to hold your seats. This takes a few seconds.",
    ),
    BookingStatus.AWAITING_PAYMENT: Wording(
        "Awaiting payment",
        ":material/schedule:",
        "orange",
        "warning",
        "Your seats are held for you. Pay before the time runs out to keep them.",
    ),
    BookingStatus.BOOKED: Wording(
        "Booked",
        ":material/check_circle:",
        "green",
        "success",
        "Your payment went through and the seats are yours.",
    ),
    BookingStatus.FAILED: Wording(
        "Failed", ":material/error:", "red", "error", "This booking did not succeed. You have not been charged."
    ),
    BookingStatus.EXPIRED: Wording(
        "Expired",
        ":material/timer_off:",
        "gray",
        "warning",
        "The time to pay ran out, so the seats were given back. You have not been charged.",
    ),
    BookingStatus.CANCELLED: Wording(
        "Cancelled", ":material/cancel:", "gray", "info", "This booking was cancelled and its seats were given back."
    ),
}

NOT_CHARGED = "You have not been charged."

FAILURE_REASONS = {
    "SEAT_UNAVAILABLE": f"Somebody else was faster: at least one of the seats was already taken. {NOT_CHARGED}",
    "ORGANIZER_DECLINED": (
        f"The event's organizer declined to hold these seats. {NOT_CHARGED} Trying again often works."
    ),
    "ORGANIZER_UNREACHABLE": f"The event's organizer could not be reached, so the seats were not held. {NOT_CHARGED}",
    "INVOICE_UNAVAILABLE": f"No invoice could be made, so the seats were given back. {NOT_CHARGED}",
    "PAYMENT_FAILED": f"The payment did not go through, so the seats were given back. {NOT_CHARGED}",
    "TICKET_UNAVAILABLE": f"The booking system could not be reached, and no seats were taken. {NOT_CHARGED}",
}

FAILURE_LABELS = {
    "SEAT_UNAVAILABLE": "Seat already taken",
    "ORGANIZER_DECLINED": "Organizer declined",
    "ORGANIZER_UNREACHABLE": "Organizer unreachable",
    "INVOICE_UNAVAILABLE": "No invoice could be made",
    "PAYMENT_FAILED": "Payment failed",
    "TICKET_UNAVAILABLE": "Booking system unreachable",
}

CANCEL_REASONS = {
    "BUYER": "Cancelled by the buyer.",
    "STAFF": "Cancelled by our staff.",
    "EVENT_CANCELLED": "The event was cancelled by its organizer.",
}

WAITLIST = {
    WaitlistStatus.WAITING: Wording(
        "Waiting", ":material/group:", "blue", "info", "You will be offered the seat when it is your turn."
    ),
    WaitlistStatus.OFFERED: Wording(
        "Offered to you", ":material/celebration:", "green", "success", "It is your turn. Pay in time to take the seat."
    ),
    WaitlistStatus.FULFILLED: Wording(
        "Got the seat", ":material/check_circle:", "green", "success", "You paid in time and got the seat."
    ),
    WaitlistStatus.LAPSED: Wording(
        "Lapsed", ":material/timer_off:", "gray", "warning", "The seat could not become yours."
    ),
    WaitlistStatus.LEFT: Wording("Left", ":material/logout:", "gray", "info", "You left the queue."),
}

QUEUE_CLOSES = "A queue closes when the event's sale ends."


def booking_sentence(booking: Booking) -> str:
    """Returns the state of a booking in full sentences."""
    if booking.status is BookingStatus.FAILED and booking.failure_reason:
        return FAILURE_REASONS.get(booking.failure_reason, BOOKING[BookingStatus.FAILED].sentence)
    if booking.status is BookingStatus.CANCELLED:
        first = CANCEL_REASONS.get(booking.cancel_reason or "", BOOKING[BookingStatus.CANCELLED].sentence)
        return f"{first} {money_sentence(booking)}"
    if booking.status is BookingStatus.BOOKED and not booking.ticket_available:
        return BOOKING[BookingStatus.BOOKED].sentence + " Your ticket is being made."
    return BOOKING[booking.status].sentence


def money_sentence(booking: Booking) -> str:
    """Returns where the money of a cancelled booking is."""
    amount = money(booking.amount or 0, booking.currency)
    if booking.refund_status == "REFUNDED":
        return f"{amount} has been refunded in full."
    if booking.refund_status == "PENDING":
        return f"A refund of {amount} is on its way."
    return "Nothing was charged."


def cancel_consequence(booking: Booking) -> str:
    """Returns what happens to money and seats if the booking is cancelled now (docs/booking.md, Cancel)."""
    amount = money(booking.amount or 0, booking.currency)
    if booking.status is BookingStatus.BOOKED:
        return (
            f"You paid {amount}. The whole amount is refunded to you the way you paid, without any fee. "
            "Your ticket stops being valid, and your seats go to the next person in the queue or back on sale."
        )
    return (
        f"You have not paid yet, so you are not charged: the invoice over {amount} is made void. "
        "Your seats go to the next person in the queue or back on sale."
    )


def failure_label(reason: str | None) -> str:
    """Returns a failure reason in two or three words."""
    return FAILURE_LABELS.get(reason or "", (reason or "Unknown").replace("_", " ").capitalize())
