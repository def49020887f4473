"""What can go wrong, in the words of the domain. What each becomes over HTTP stands in `http/problems.py`."""

from __future__ import annotations


class DomainError(Exception):
    """A request that the rules refuse. Nothing was changed.

    `detail` is for people; `members` are facts for programs (such as `seats` or `booking_id`), shown beside it.
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


class WrongFieldError(DomainError):
    """A field's value breaks a rule that needs more than the field itself to be seen."""

    def __init__(self, field: str, code: str, message: str) -> None:
        super().__init__(message)
        self.field = field
        self.code = code
