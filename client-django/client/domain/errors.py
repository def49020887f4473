"""The base of all domain errors. They know nothing of HTTP: `client.edge.problems` maps each type in one table."""

from collections.abc import Mapping
from uuid import UUID

from pydantic import JsonValue


class DomainError(Exception):
    """A rule refused the request. `detail` is a sentence for people; `extra` holds further members for programs."""

    detail = "The request cannot be carried out."

    def __init__(self, detail: str | None = None, *, extra: Mapping[str, JsonValue] | None = None) -> None:
        self.detail = detail or type(self).detail
        self.extra: dict[str, JsonValue] = dict(extra or {})
        super().__init__(self.detail)


class NotFoundError(DomainError):
    detail = "There is nothing here, or it is not yours."


class InvalidFieldError(DomainError):
    """One field of the input breaks a rule that only the domain can check."""

    def __init__(self, field: str, code: str, message: str) -> None:
        self.field, self.code = field, code
        super().__init__(message)


class TicketUnavailableError(DomainError):
    """Ticket gave no answer or an unreliable one, so it is unknown whether ticket has acted."""

    detail = "The ticket service does not answer right now. Please try again in a moment."


class TicketFailedError(TicketUnavailableError):
    """Ticket answered this request with an internal error; other requests may succeed."""


class RequestInProgressError(DomainError):
    detail = "The first request with this Idempotency-Key has not been answered yet. Try again in a moment."


class NotReadyError(DomainError):
    """The database cannot be used right now."""

    detail = "The database cannot be used right now. Please try again in a moment."


def with_booking(error: DomainError, booking_id: UUID) -> DomainError:
    """Returns the same error with the id of the stored booking."""
    error.extra["booking_id"] = str(booking_id)
    return error
