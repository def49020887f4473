"""What can go wrong, in the words of the domain. What each becomes over HTTP stands in `http/problems.py`."""

from __future__ import annotations


class DomainError(Exception):
    """A request that the rules refuse; nothing was changed. `members` are facts for programs, shown beside `detail`."""

    def __init__(self, detail: str, **members: object) -> None:
        super().__init__(detail)
        self.detail = detail
        self.members = members


class NotFoundError(DomainError):
    """There is no such thing."""


class KeyReusedError(DomainError):
    """The reference or Idempotency-Key was used for another request."""


class StillRunningError(DomainError):
    """The first request with this Idempotency-Key has not ended."""


class InvoiceVoidError(DomainError):
    """The reference was voided; no invoice can be made for it."""


class NotVoidableError(DomainError):
    """The invoice is PROCESSING or decided."""


class NotRefundableError(DomainError):
    """Only a PAID invoice can be refunded."""


class AlreadyDecidedError(DomainError):
    """The invoice takes no further payment attempt."""


class InvoiceExpiredError(DomainError):
    """`expires_at` has passed: no attempt is started any more."""


class DeliveryStillTriedError(DomainError):
    """The delivery is PENDING: it is tried by itself."""


class WrongFieldError(DomainError):
    """A field's value breaks a rule that its type does not show."""

    def __init__(self, field: str, code: str, message: str) -> None:
        super().__init__(message)
        self.field = field
        self.code = code
