"""The words for staff: about other people's bookings and queues, and about the effects of their own actions."""

from frontend.api.models import Booking, BookingStatus, EventOperation, User, WaitlistStatus
from frontend.wording.formatting import count, money
from frontend.wording.states import BOOKING, CANCEL_REASONS, booking_sentence, cancel_consequence, money_sentence

NOT_CHARGED = "The buyer has not been charged."

_SENTENCES = {
    BookingStatus.REQUESTED: f"The request was sent, and there is no definite answer yet. {NOT_CHARGED}",
    BookingStatus.HOLDING: "The organizer is being asked to hold the buyer's seats. This takes a few seconds.",
    BookingStatus.AWAITING_PAYMENT: (
        "The buyer's seats are held. They are given back unless the buyer pays before the time runs out."
    ),
    BookingStatus.BOOKED: "The buyer's payment went through and the seats are theirs.",
    BookingStatus.FAILED: f"This booking did not succeed. {NOT_CHARGED}",
    BookingStatus.EXPIRED: f"The time to pay ran out, so the seats were given back. {NOT_CHARGED}",
    BookingStatus.CANCELLED: BOOKING[BookingStatus.CANCELLED].sentence,
}

_FAILURES = {
    "SEAT_UNAVAILABLE": f"At least one of the seats was already taken by somebody else. {NOT_CHARGED}",
    "ORGANIZER_DECLINED": f"The event's organizer declined to hold these seats. {NOT_CHARGED}",
    "ORGANIZER_UNREACHABLE": f"The event's organizer could not be reached, so the seats were not held. {NOT_CHARGED}",
    "INVOICE_UNAVAILABLE": f"No invoice could be made, so the seats were given back. {NOT_CHARGED}",
    "PAYMENT_FAILED": f"The buyer's payment did not go through, so the seats were given back. {NOT_CHARGED}",
    "TICKET_UNAVAILABLE": f"The booking system could not be reached, and no seats were taken. {NOT_CHARGED}",
}

QUEUE_LABELS = {
    WaitlistStatus.WAITING: "Waiting",
    WaitlistStatus.OFFERED: "Offered",
    WaitlistStatus.FULFILLED: "Got the seat",
    WaitlistStatus.LAPSED: "Lapsed",
    WaitlistStatus.LEFT: "Left",
}

CLOSE_SALE = """Nobody can book or join a queue any more.
- **Bookings stay.** Buyers who have paid keep their seats; the others can still pay until their time runs out.
- **Queues lapse.** Everybody who waits loses their place and is told. An offer that was made can still be paid in time.
- Seats that come back are not offered to anybody.
- A later *Sale closes* under Details opens the sale again; the queues do not come back.
"""
CANCEL_EVENT = """The event does not take place.
- **Every booking is cancelled.** Buyers who have paid get the whole amount back; the others are not charged.
- **Queues lapse.** Everybody who waits loses their place.
- Everybody concerned is told. This runs in the background and **cannot be undone**.
- The event stays in the catalogue, marked as cancelled.
"""
REMOVE_EVENT = (
    "Takes the event and its seats out of the catalogue for good. Only possible while nobody has ever booked: "
    "bookings are history that stays, also those that failed or ended."
)


def is_somebody_elses(booking: Booking, viewer: User | None) -> bool:
    """Returns whether a member of staff looks at another person's booking."""
    return viewer is not None and viewer.is_staff and booking.user_id not in (None, viewer.id)


def sentence_for(booking: Booking, viewer: User | None) -> str:
    """Returns the state of a booking in full sentences, to its buyer or, for staff, about the buyer."""
    if not is_somebody_elses(booking, viewer):
        return booking_sentence(booking)
    if booking.status is BookingStatus.FAILED:
        return _FAILURES.get(booking.failure_reason or "", _SENTENCES[BookingStatus.FAILED])
    if booking.status is BookingStatus.CANCELLED:
        first = CANCEL_REASONS.get(booking.cancel_reason or "", _SENTENCES[BookingStatus.CANCELLED])
        return f"{first} {money_sentence(booking)}"
    if booking.status is BookingStatus.BOOKED and not booking.ticket_available:
        return f"{_SENTENCES[BookingStatus.BOOKED]} Their ticket is being made."
    return _SENTENCES[booking.status]


def consequence_for(booking: Booking, viewer: User | None) -> str:
    """Returns what cancelling does to money and seats, to the buyer or, for staff, about the buyer."""
    if not is_somebody_elses(booking, viewer):
        return cancel_consequence(booking)
    amount = money(booking.amount or 0, booking.currency)
    if booking.status is BookingStatus.BOOKED:
        return (
            f"The buyer paid {amount}. The whole amount is refunded to them the way they paid, without any fee. "
            "Their ticket stops being valid, and their seats go to the next person in the queue or back on sale. "
            "The buyer is told."
        )
    return (
        f"The buyer has not paid yet and is not charged: the invoice over {amount} is made void. "
        "Their seats go to the next person in the queue or back on sale. The buyer is told."
    )


def document_title(booking: Booking, viewer: User | None) -> str:
    """Returns the heading of a booking's PDF."""
    if booking.status is not BookingStatus.BOOKED:
        return "Notice about this booking"
    return "The buyer's ticket" if is_somebody_elses(booking, viewer) else "Your ticket"


def link_label(booking: Booking, viewer: User | None) -> str:
    """Returns the label of the link from a list to the booking."""
    if is_somebody_elses(booking, viewer):
        return "See or cancel" if booking.status.is_cancellable else "See booking"
    if booking.status is BookingStatus.AWAITING_PAYMENT:
        return "Pay or cancel"
    return "See ticket" if booking.status is BookingStatus.BOOKED else "See booking"


def cancellation_progress(operations: list[EventOperation]) -> str:
    """Returns the progress of an event's cancellation in full sentences."""
    first = "This event is cancelled and its queues have lapsed."
    if not operations:
        return first
    newest = operations[0]
    if newest.state == "DONE":
        return f"{first} All its bookings are cancelled ({count(newest.total, 'booking')})."
    return f"{first} {newest.done:,} of {count(newest.total, 'booking')} are cancelled so far; the rest follows."
