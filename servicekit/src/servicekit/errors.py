"""Errors that every service's rules can raise, without HTTP in them; each service's edge says what each becomes."""

from __future__ import annotations


class DomainError(Exception):
    """A request that the rules refuse; nothing was changed.

    `detail` is for people; `members` are facts for programs, shown beside it.
    """

    def __init__(self, detail: str, **members: object) -> None:
        super().__init__(detail)
        self.detail = detail
        self.members = members


class NotFoundError(DomainError):
    """There is no such thing."""


class KeyReusedError(DomainError):
    """The id or Idempotency-Key was used for another request."""


class StillRunningError(DomainError):
    """The first request with this Idempotency-Key has not ended."""


class DeliveryStillTriedError(DomainError):
    """The delivery is PENDING: the next attempt is made without anybody's help."""


class WrongFieldError(DomainError):
    """A field's value breaks a rule that the field's type alone does not show."""

    def __init__(self, field: str, code: str, message: str) -> None:
        super().__init__(message)
        self.field = field
        self.code = code
