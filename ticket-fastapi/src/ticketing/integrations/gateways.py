"""The interfaces of the other services that a booking needs; tests and benchmarks replace the real ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Protocol
from uuid import UUID

from pydantic import BaseModel, Field
from servicekit.times import Instant

from ticketing.domain.booking_record import Booking


class UnreachableOrganizerError(Exception):
    """The organizer gave no usable answer (timeout, broken connection, 5xx); what it did is unknown."""


class OrganizerPausedError(UnreachableOrganizerError):
    """The organizer was not asked, because it has not answered of late or too many calls to it are under way.

    So it has done nothing. It may be asked again in `seconds`.
    """

    def __init__(self, seconds: float) -> None:
        super().__init__(f"the organizer is not asked for {seconds:.1f} s")
        self.seconds = seconds


class UnreachablePaymentError(Exception):
    """Payment gave no usable answer (timeout, broken connection, 5xx); what it did is unknown."""


class InvoiceRefusedError(Exception):
    """Payment refuses to create this invoice, and a repeat would not help (void reference, wrong request)."""


class HoldAnswer(StrEnum):
    """An organizer's answer to a request for a hold."""

    HELD = "held"
    DECLINED = "declined"
    ALREADY_HELD = "already-held"
    RELEASED = "released"


class HoldState(StrEnum):
    """The state of a hold id at an organizer; ABSENT if it knows no such hold."""

    HELD = "HELD"
    RELEASED = "RELEASED"
    ABSENT = "ABSENT"


class InvoiceStatus(StrEnum):
    """The status of an invoice."""

    PENDING = "PENDING"
    PROCESSING = "PROCESSING"
    PAID = "PAID"
    FAILED = "FAILED"
    VOID = "VOID"
    REFUNDED = "REFUNDED"


Stored = Annotated[str, Field(max_length=2000, pattern=r"^[^\x00-\x1f\x7f]+$")]
"""A text of another service that this service stores and shows."""


class Invoice(BaseModel):
    """An invoice as payment represents it (contracts/README.md); `reference` is the booking's id.

    A value that the database cannot store makes the answer unusable.
    """

    number: Stored
    reference: UUID
    version: int = Field(ge=0, lt=2**31)
    status: InvoiceStatus
    amount: int | None = None
    currency: str | None = None
    payment_url: Stored | None = None
    expires_at: Instant | None = None

    def is_for(self, booking: Booking) -> bool:
        """Whether this is the invoice of the booking; a tombstone, which is VOID, has neither amount nor currency."""
        return self.reference == booking.id and (
            self.status is InvoiceStatus.VOID or (self.amount, self.currency) == (booking.amount, booking.currency)
        )


class TimelineItem(BaseModel):
    """One entry of a timeline (contracts/README.md, Timeline)."""

    at: Instant
    service: str = Field(description="The service that did it: `ticket` or `payment`.")
    actor: str | None = Field(default=None, description="Who caused it: the name of a service key, or a worker.")
    action: str = Field(description="What was done, such as `booking.pay` or `seat.sell`.")
    from_status: str | None = Field(default=None, description="The status before, if the action changed one.")
    to_status: str | None = Field(default=None, description="The status afterwards, if the action changed one.")
    detail: object = Field(default=None, description="Further facts, which depend on the action.")


class Organizers(Protocol):
    """The organizers' systems. The hold id is the booking's id, so every call can be repeated.

    Each call raises UnreachableOrganizerError if its outcome is unknown, or OrganizerPausedError if it was not made.
    """

    async def hold(self, booking: Booking) -> HoldAnswer:
        """Requests a hold of all seats of the booking."""
        ...

    async def look_up(self, booking: Booking) -> HoldState:
        """Returns the state of the hold."""
        ...

    async def release(self, booking: Booking) -> None:
        """Releases the hold and blocks its id for ever."""
        ...


MOST_AT_ONCE = 50
"""How many invoices payment looks up in one call."""


class Payments(Protocol):
    """The payment service. Every call can be repeated."""

    async def create_invoice(self, booking: Booking, expires_at: datetime) -> Invoice:
        """Returns the booking's invoice, new or existing.

        Raises InvoiceRefusedError, or UnreachablePaymentError if the outcome is unknown.
        """
        ...

    async def find(self, booking: Booking) -> Invoice | None:
        """Returns the invoice of the booking; raises UnreachablePaymentError without an answer."""
        ...

    async def find_decided(self, bookings: Sequence[Booking]) -> set[UUID]:
        """Returns which of at most `MOST_AT_ONCE` bookings have an invoice that is neither PENDING nor PROCESSING.

        Raises UnreachablePaymentError without an answer.
        """
        ...

    async def void(self, booking: Booking) -> Invoice:
        """Voids the invoice of the booking; payment stores a tombstone if there is none.

        The returned status is VOID, or PROCESSING, PAID, FAILED or REFUNDED if the invoice cannot be voided.
        """
        ...

    async def refund(self, booking: Booking, invoice_number: str) -> Invoice:
        """Requests a refund of the booking; the returned invoice is PAID until the refund is made, then REFUNDED."""
        ...

    async def timeline(self, invoice_number: str) -> list[TimelineItem]:
        """Returns the timeline of the invoice."""
        ...


@dataclass(frozen=True, slots=True)
class Gateways:
    """Clients of the organizers' systems and of the payment service."""

    organizers: Organizers
    payments: Payments
