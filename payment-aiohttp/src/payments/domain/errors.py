"""What the rules of this service refuse. What each becomes over HTTP stands in `http/problems.py`."""

from __future__ import annotations

from servicekit.errors import DomainError


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
