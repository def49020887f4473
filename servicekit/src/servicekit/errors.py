"""Errors of the rules that services share, without HTTP; each service maps them to HTTP problems at its edge."""

from __future__ import annotations


class DomainError(Exception):
    """The rules refuse the request; nothing was changed.

    `detail` is for people; `members` are facts for programs, which the problem document shows beside it.
    """

    def __init__(self, detail: str, **members: object) -> None:
        super().__init__(detail)
        self.detail = detail
        self.members = members


class NotFoundError(DomainError):
    """The requested thing does not exist."""


class KeyReusedError(DomainError):
    """The id or Idempotency-Key was used before, for another request."""


class StillRunningError(DomainError):
    """The first request with this Idempotency-Key is still running."""


class DeliveryStillTriedError(DomainError):
    """The delivery is PENDING, so its next attempt is already planned."""


class WrongFieldError(DomainError):
    """A field's value breaks a rule that the type of the field cannot express."""

    def __init__(self, field: str, code: str, message: str) -> None:
        super().__init__(message)
        self.field = field
        self.code = code


class VersionMissingError(DomainError):
    """The change does not say on which version it is based."""


class VersionChangedError(DomainError):
    """The change is based on another version than the present one."""
