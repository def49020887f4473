"""What every domain error of this service is made of. Nothing here knows of HTTP:
`client.edge.problems` maps each type in one table.
"""

from collections.abc import Mapping
from uuid import UUID

from pydantic import JsonValue


class DomainError(Exception):
    """A rule refused what was asked. `detail` is a sentence for people, `extra` what a program may need besides."""

    detail = "The request cannot be carried out."

    def __init__(self, detail: str | None = None, *, extra: Mapping[str, JsonValue] | None = None) -> None:
        self.detail = detail or type(self).detail
        self.extra: dict[str, JsonValue] = dict(extra or {})
        super().__init__(self.detail)


class NotFoundError(DomainError):
    detail = "There is nothing here, or it is not yours."


class InvalidFieldError(DomainError):
    """One field of the input is wrong in a way that only the domain can tell."""

    def __init__(self, field: str, code: str, message: str) -> None:
        self.field, self.code = field, code
        super().__init__(message)


class TicketUnavailableError(DomainError):
    """Ticket gave no answer, or one that cannot be relied on: whether it acted is unknown."""

    detail = "The ticket service does not answer right now. Please try again in a moment."


class TicketFailedError(TicketUnavailableError):
    """Ticket answered this one request with an error of its own; it may well answer others."""


class RequestInProgressError(DomainError):
    detail = "The first request with this Idempotency-Key has not been answered yet. Try again in a moment."


class NotReadyError(DomainError):
    """The database cannot be used right now."""

    detail = "The database cannot be used right now. Please try again in a moment."


def with_booking(error: DomainError, booking_id: UUID) -> DomainError:
    """The same error, naming the stored booking that it is about."""
    error.extra["booking_id"] = str(booking_id)
    return error
