"""The reasons why a booking was not made or cannot be changed."""

from client.domain.errors import DomainError


class SeatUnavailableError(DomainError):
    detail = "At least one of the seats is taken. Choose others, or queue for it."


class OrganizerDeclinedError(DomainError):
    detail = "The organizer of the event did not give the seats. Nothing was charged; you may try again."


class OrganizerUnreachableError(DomainError):
    detail = "The organizer of the event does not answer. Nothing was charged; please try again later."


class PaymentUnavailableError(DomainError):
    detail = "No invoice could be made, so the seats were given back. Nothing was charged; please try again later."


class InProgressError(DomainError):
    detail = "The booking is still being made. The same request can be carried out in a moment."


class AlreadyEndedError(DomainError):
    detail = "This booking is over already, so there is nothing to cancel."


class DocumentNotReadyError(DomainError):
    detail = "This booking has no document yet."
