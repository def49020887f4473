"""Requests that the rules of this service refuse. `http/problems.py` maps each error to an HTTP problem."""

from __future__ import annotations

from servicekit.errors import DomainError


class InvoiceVoidError(DomainError):
    """The reference was voided, so no invoice can be created for it."""


class NotVoidableError(DomainError):
    """The invoice is PROCESSING or decided, so it cannot be voided."""


class NotRefundableError(DomainError):
    """The invoice is not PAID, so it cannot be refunded."""


class AlreadyDecidedError(DomainError):
    """The invoice is not PENDING, so no payment attempt can begin."""


class InvoiceExpiredError(DomainError):
    """The invoice's `expires_at` has passed, so no payment attempt can begin."""
