"""The outcomes of a request for seats, and the message for each."""

from dataclasses import dataclass
from typing import Literal

from frontend.api.models import Booking, BookingStatus
from frontend.wording.states import booking_sentence

SEE_IT = "See this booking"
SEE_ALL = "To your bookings"
ALL_BOOKINGS = "bookings"
"""What the browser asks for in place of a booking's id."""
KEPT = "Your choice is kept."
NOTHING_SENT = (
    "The dashboard cannot reach the booking service, so nothing was sent and nothing is recorded. "
    f"{KEPT} Please try again in a moment."
)
NO_ANSWER = (
    "The booking service has stopped answering in the middle of your request. "
    f"{KEPT} As soon as it answers, we look up here whether your request was recorded."
)
NOTHING_RECORDED = f"The booking service has recorded nothing. {KEPT} Please try again."
MAP_CHANGED = "The seat map has just been changed, so nothing was sent. Please choose again."


@dataclass(frozen=True)
class Message:
    """A sentence in the bar below the map, with a link to the booking that it is about, or to all bookings."""

    tone: Literal["error", "info"]
    text: str
    booking_id: str | None = None
    to_bookings: bool = False


@dataclass(frozen=True)
class Outcome:
    """The outcome of a request. `booking` has its seats or is about to get them; `recorded` is stored and its outcome
    is unknown.

    `is_lost` says that nothing is known: the request, for the seats with `seat_ids`, may have arrived or not.
    """

    booking: Booking | None = None
    recorded: str | None = None
    is_lost: bool = False
    seat_ids: tuple[str, ...] = ()
    message: Message | None = None


def outcome_of(booking: Booking) -> Outcome:
    """Returns what a booking's present state means for the person who requested it."""
    if booking.status is BookingStatus.REQUESTED:
        return recorded(booking.id)
    if booking.status.is_live:
        return Outcome(booking=booking)
    return Outcome(message=Message("error", f"{booking_sentence(booking)} {KEPT}", booking.id))


def recorded(booking_id: str) -> Outcome:
    """Returns the outcome of a request that is stored and that the ticket service has not decided."""
    text = (
        f"Your request is recorded as booking {booking_id[:8]}. The ticket system has not answered yet; "
        "its answer appears here by itself. Nothing has been charged."
    )
    return Outcome(recorded=booking_id, message=Message("info", text, booking_id))
