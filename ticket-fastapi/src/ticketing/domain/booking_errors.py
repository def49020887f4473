"""Reasons to refuse a booking, a cancellation or a place in a queue."""

from __future__ import annotations

from servicekit.errors import DomainError, NotFoundError


class TicketNotReadyError(NotFoundError):
    """The booking has no document yet."""


class SeatUnavailableError(DomainError):
    """At least one seat is not OPEN (`seat_ids`); no booking was stored."""


class TooManyUnpaidSeatsError(DomainError):
    """The buyer, or the address (`scope`), would have more than `limit` seats to pay for, having `unpaid` already."""


class BookingAbandonedError(DomainError):
    """The id of the booking was given up before the request arrived; nothing was stored."""


class SaleNotOpenError(DomainError):
    """The sale of the event has not begun."""


class SaleClosedError(DomainError):
    """The sale of the event has ended."""


class EventCancelledError(DomainError):
    """The event was cancelled."""


class OrganizerDeclinedError(DomainError):
    """The organizer declined to hold the seats; the booking is stored as FAILED."""


class OrganizerUnreachableError(DomainError):
    """The organizer gave no usable answer, and the booking is FAILED; or it was not asked, and nothing is stored."""


class PaymentUnavailableError(DomainError):
    """Payment gave no usable answer."""


class BookingInProgressError(DomainError):
    """The booking is still HOLDING; repeat the request in a moment."""


class PaymentInProgressError(DomainError):
    """The payment is being processed; the booking cannot be cancelled before its outcome is known."""


class BookingAlreadyEndedError(DomainError):
    """The booking has FAILED or EXPIRED."""


class EventStartedError(DomainError):
    """The event has started, so the buyer can no longer cancel the paid booking."""


class SeatOpenError(DomainError):
    """The seat is OPEN, so nobody can queue for it."""


class SeatAlreadyYoursError(DomainError):
    """A live booking of the same buyer has the seat."""


class AlreadyQueuedError(DomainError):
    """The buyer has a live entry in the queue of this seat."""


class EntryNotLeavableError(DomainError):
    """The entry is FULFILLED or LAPSED."""


class SubjectUnknownError(DomainError):
    """The event arrived before its booking was ready; answer 503 so that it is retried."""
