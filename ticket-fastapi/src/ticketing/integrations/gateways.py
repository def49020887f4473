"""The other services that a booking needs, as the use cases see them.

Tests and benchmarks may put others in their place.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Protocol
from uuid import UUID

from pydantic import BaseModel, Field
from servicekit.times import Instant

from ticketing.domain.booking_record import Booking


class UnreachableOrganizerError(Exception):
    """No usable answer: timeout, broken connection, 5xx. What the organizer did is unknown."""


class UnreachablePaymentError(Exception):
    """No usable answer from payment: timeout, broken connection, 5xx. What it did is unknown."""


class InvoiceRefusedError(Exception):
    """Payment refuses to make this invoice, for good (void reference, wrong request)."""


class HoldAnswer(StrEnum):
    """What an organizer says to a request for a hold."""

    HELD = "held"
    DECLINED = "declined"
    ALREADY_HELD = "already-held"
    RELEASED = "released"


class HoldState(StrEnum):
    """What an organizer knows of a hold id."""

    HELD = "HELD"
    RELEASED = "RELEASED"
    ABSENT = "ABSENT"


class InvoiceStatus(StrEnum):
    """DESIGN section 3, Invoice."""

    PENDING = "PENDING"
    PROCESSING = "PROCESSING"
    PAID = "PAID"
    FAILED = "FAILED"
    VOID = "VOID"
    REFUNDED = "REFUNDED"


Stored = Annotated[str, Field(max_length=2000, pattern=r"^[^\x00-\x1f\x7f]+$")]
"""A text of another service that is stored and shown."""


class Invoice(BaseModel):
    """An invoice, as payment shows it (contracts/README.md); `reference` is the booking's id.

    What the database cannot store is refused here: it is no usable answer.
    """

    number: Stored
    reference: UUID
    version: int = Field(ge=0, lt=2**31)
    status: InvoiceStatus
    payment_url: Stored | None = None
    expires_at: Instant | None = None


class TimelineItem(BaseModel):
    """One step of a story that crosses services (contracts/README.md, Timeline)."""

    at: Instant
    service: str
    actor: str | None = None
    action: str
    from_status: str | None = None
    to_status: str | None = None
    detail: object = None


class Organizers(Protocol):
    """The organizers' systems. The hold id is the booking's id, so that every call may be repeated."""

    async def hold(self, booking: Booking) -> HoldAnswer:
        """Ask for all of the booking's seats; UnreachableOrganizerError when the outcome is unknown."""
        ...

    async def look_up(self, booking: Booking) -> HoldState:
        """What became of the hold; UnreachableOrganizerError without an answer."""
        ...

    async def release(self, booking: Booking) -> None:
        """Let the hold go and bar its id for good; UnreachableOrganizerError without an answer."""
        ...


class Payments(Protocol):
    """The payment service. Every call may be repeated."""

    async def create_invoice(self, booking: Booking, expires_at: datetime) -> Invoice:
        """The booking's invoice; InvoiceRefusedError, or UnreachablePaymentError when the outcome is unknown."""
        ...

    async def find(self, reference: UUID) -> Invoice | None:
        """The invoice of a booking; UnreachablePaymentError without an answer."""
        ...

    async def void(self, reference: UUID) -> Invoice:
        """Void what can be voided, a tombstone where there is nothing yet.

        The answer's status says whether it is VOID or was decided before.
        """
        ...

    async def refund(self, invoice_number: str) -> Invoice:
        """Give the money back; REFUNDED once done, PAID while it is under way."""
        ...

    async def timeline(self, invoice_number: str) -> list[TimelineItem]:
        """The invoice's story."""
        ...


@dataclass(frozen=True, slots=True)
class Gateways:
    """Clients of the organizers' systems and of the payment service."""

    organizers: Organizers
    payments: Payments
