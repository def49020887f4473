"""Shapes of requests and answers (contracts/README.md)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import (
    AfterValidator,
    AnyHttpUrl,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    TypeAdapter,
    field_validator,
)

from payments.domain.chance import Outcome, Simulation
from payments.domain.delivery import DeliveryState
from payments.domain.invoice import InvoiceStatus

_URLS = TypeAdapter(AnyHttpUrl)


def _storable(text: str) -> str:
    if "\x00" in text:
        raise ValueError("must not contain the character NUL")
    return text


def _http_url(text: str) -> str:
    _URLS.validate_python(text)
    return _storable(text)


def _utc(moment: datetime) -> datetime:
    if not 2000 <= moment.year < 2200:
        raise ValueError("must lie between the years 2000 and 2200")
    return moment.astimezone(UTC)


Text = Annotated[str, AfterValidator(_storable)]
HttpUrl = Annotated[str, Field(max_length=2000), AfterValidator(_http_url)]
Moment = Annotated[AwareDatetime, AfterValidator(_utc)]
Limit = Annotated[int, Field(ge=1, le=200)]
CursorText = Annotated[str, Field(max_length=200)]


class Input(BaseModel):
    """Unknown fields are refused."""

    model_config = ConfigDict(extra="forbid")


class Nothing(Input):
    """An empty body, or `{}`."""


class Customer(Input):
    """Who pays."""

    id: UUID
    name: Annotated[Text, Field(min_length=1, max_length=200)]
    email: Annotated[Text, Field(max_length=320, pattern=r"^[^@\s]+@[^@\s]+$")]


class InvoiceInput(Input):
    """`amount` in minor units of `currency`; no attempt to pay begins after `expires_at`."""

    reference: UUID
    amount: int = Field(ge=0, le=10**15, strict=True)
    currency: str = Field(pattern=r"^[A-Z]{3}$")
    description: Annotated[Text, Field(min_length=1, max_length=500)]
    customer: Customer
    expires_at: Moment
    return_url: HttpUrl | None = None


class VoidInput(Input):
    """The reference to void, whether it has an invoice or not."""

    reference: UUID


class InvoiceQuery(Input):
    """Filters of the list of invoices."""

    status: InvoiceStatus | None = None
    reference: UUID | None = None
    cursor: CursorText | None = None
    limit: Limit = 50


class DeliveryQuery(Input):
    """Filters of the list of deliveries."""

    invoice: Annotated[Text, Field(max_length=100)] | None = None
    state: DeliveryState | None = None
    cursor: CursorText | None = None
    limit: Limit = 50


class WebhookInput(Input):
    """Where webhooks go from now on."""

    url: HttpUrl


class SimulationInput(Input):
    """Any subset of the fields; what is left out stays. `seed: null` means: truly by chance."""

    failure_rate: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)] | None = None
    latency_ms: Annotated[int, Field(ge=0, le=60_000)] | None = None
    next_outcomes: Annotated[list[Outcome], Field(max_length=1000)] | None = None
    seed: Annotated[int, Field(ge=0, lt=2**63)] | None = None

    @field_validator("failure_rate", "latency_ms", "next_outcomes")
    @classmethod
    def _not_null(cls, value: object) -> object:
        if value is None:
            raise ValueError("null is no value; leave the field out to keep what is set")
        return value


class InvoiceOutput(BaseModel):
    """An invoice; a tombstone has no customer, deadline and `payment_url`, and `amount` 0."""

    number: str
    reference: UUID
    version: int
    status: InvoiceStatus
    amount: int
    currency: str
    description: str
    customer: Customer | None
    payment_url: str | None
    return_url: str | None
    expires_at: datetime | None
    failure_reason: str | None
    refund_requested_at: datetime | None
    paid_at: datetime | None
    failed_at: datetime | None
    voided_at: datetime | None
    refunded_at: datetime | None
    created_at: datetime
    updated_at: datetime


class InvoicePage(BaseModel):
    """The newest first."""

    items: list[InvoiceOutput]
    next_cursor: str | None


class TimelineItem(BaseModel):
    """One step of an invoice."""

    at: datetime
    service: str
    actor: str
    action: str
    from_status: InvoiceStatus | None
    to_status: InvoiceStatus
    detail: dict[str, Any]


class Timeline(BaseModel):
    """In order of time."""

    items: list[TimelineItem]


class AttemptOutput(BaseModel):
    """One attempt to deliver; `status_code` is null when no answer came."""

    number: int
    at: datetime
    status_code: int | None
    latency_ms: int
    error: str | None


class DeliveryOutput(BaseModel):
    """A webhook; `id` is its `webhook-id`."""

    id: UUID
    invoice_number: str
    type: str
    state: DeliveryState
    attempts: list[AttemptOutput]
    next_attempt_at: datetime | None
    delivered_at: datetime | None
    request_id: str
    created_at: datetime


class DeliveryPage(BaseModel):
    """The newest first."""

    items: list[DeliveryOutput]
    next_cursor: str | None


class WebhookOutput(BaseModel):
    """Where webhooks go; `disabled_at` since when the receiver wants none (it answered 410)."""

    url: str
    disabled_at: datetime | None
    updated_at: datetime


class SimulationOutput(BaseModel):
    """How payments behave just now."""

    failure_rate: float
    latency_ms: int
    next_outcomes: list[Outcome]
    seed: int | None

    @classmethod
    def of(cls, simulation: Simulation) -> SimulationOutput:
        """The simulation as people see it."""
        return cls(
            failure_rate=simulation.failure_rate,
            latency_ms=simulation.latency_ms,
            next_outcomes=list(simulation.next_outcomes),
            seed=simulation.seed,
        )


class PaymentStatus(BaseModel):
    """Where a payment is."""

    status: InvoiceStatus
    failure_reason: str | None
    expired: bool = Field(description="PENDING, and `expires_at` has passed")


class PaymentStarted(BaseModel):
    """The attempt has begun."""

    status: InvoiceStatus


class ProblemDocument(BaseModel):
    """RFC 9457; `type` is a slug of contracts/problems.json."""

    model_config = ConfigDict(extra="allow")

    type: str
    title: str
    status: int
    detail: str
    instance: str
    request_id: str
