"""Shapes of requests (contracts/README.md)."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from pydantic import (
    AfterValidator,
    AnyHttpUrl,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    TypeAdapter,
    field_validator,
)
from servicekit.delivery import DeliveryState
from servicekit.money import require_currency
from servicekit.times import Instant, TimeZone

from payments.domain.chance import Outcome
from payments.domain.invoice import InvoiceStatus

_URLS = TypeAdapter(AnyHttpUrl)


_BREAKS = frozenset({"Cc", "Zl", "Zp"})
"""Unicode's categories of control characters, and of the two characters that only separate lines or paragraphs."""


def _one_line(text: str) -> str:
    if any(unicodedata.category(character) in _BREAKS for character in text):
        raise ValueError("must be one line, without control characters")
    return text


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
# Of one line (contracts/text.json); space around it is trimmed before it is measured.
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200), AfterValidator(_one_line)]
Email = Annotated[
    str,
    StringConstraints(strip_whitespace=True, max_length=254, pattern=r"^[^@\s]+@[^@\s]+$"),
    AfterValidator(_one_line),
]
Description = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500), AfterValidator(_one_line)
]
HttpUrl = Annotated[str, Field(max_length=2000), AfterValidator(_http_url)]
Currency = Annotated[
    str,
    Field(pattern=r"^[A-Z]{3}$", description="ISO 4217; a currency in use"),
    AfterValidator(require_currency),
]
Moment = Annotated[Instant, AfterValidator(_utc)]
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
    name: Name
    email: Email


class InvoiceInput(Input):
    """`amount` in minor units of `currency`; no attempt to pay begins after `expires_at`."""

    reference: UUID
    amount: int = Field(ge=0, le=10**15, strict=True)
    currency: Currency
    description: Description
    customer: Customer
    expires_at: Moment
    return_url: HttpUrl | None = None
    time_zone: TimeZone | None = Field(
        default=None, description="IANA name; the payment page shows the deadline in it, otherwise in UTC"
    )


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
