"""Why a booking, a cancellation or a place in the queue is refused."""

from __future__ import annotations

from servicekit.errors import DomainError, NotFoundError


class TicketNotReadyError(NotFoundError):
    """The booking has no document yet."""


class SeatUnavailableError(DomainError):
    """At least one seat is not OPEN (`seat_ids`); no booking was stored."""


class SaleNotOpenError(DomainError):
    """The sale of the event has not begun."""


class SaleClosedError(DomainError):
    """The sale of the event has ended."""


class EventCancelledError(DomainError):
    """The event was cancelled."""


class OrganizerDeclinedError(DomainError):
    """The organizer declined to hold the seats; the booking is stored as FAILED."""


class OrganizerUnreachableError(DomainError):
    """The organizer gave no usable answer; the booking is stored as FAILED."""


class PaymentUnavailableError(DomainError):
    """Payment gave no usable answer."""


class BookingInProgressError(DomainError):
    """The booking is still HOLDING; the same request succeeds a moment later."""


class PaymentInProgressError(DomainError):
    """The payment is being processed; its outcome decides first."""


class BookingAlreadyEndedError(DomainError):
    """The booking has FAILED or EXPIRED."""


class EventStartedError(DomainError):
    """The event of the paid booking has begun, and its buyer wants the money back."""


class SeatOpenError(DomainError):
    """Queueing is for taken seats; this one is OPEN."""


class SeatAlreadyYoursError(DomainError):
    """The buyer's own live booking has the seat."""


class AlreadyQueuedError(DomainError):
    """The buyer has a live entry in the seat's queue."""


class EntryNotLeavableError(DomainError):
    """The entry was FULFILLED or has LAPSED."""


class SubjectUnknownError(DomainError):
    """A webhook came before what it is about; it is to come again."""
