"""Shapes of requests (contracts/README.md). Docstrings and descriptions are part of the OpenAPI document."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from pydantic import (
    AfterValidator,
    AnyHttpUrl,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    TypeAdapter,
    WithJsonSchema,
    field_validator,
)
from servicekit.delivery import DeliveryState
from servicekit.emails import LONGEST as LONGEST_EMAIL
from servicekit.emails import normalised_email
from servicekit.http.addresses import plain
from servicekit.money import require_currency
from servicekit.text import one_line
from servicekit.times import Instant, TimeZone

from payments.domain.chance import Outcome
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
# Of one line (contracts/text.json), measured as it is stored.
OneLine = Annotated[str, AfterValidator(one_line)]
Name = Annotated[OneLine, Field(min_length=1, max_length=200)]
Email = Annotated[
    str, AfterValidator(normalised_email), Field(max_length=LONGEST_EMAIL, json_schema_extra={"format": "email"})
]
Description = Annotated[OneLine, Field(min_length=1, max_length=500)]
HttpUrl = Annotated[str, Field(max_length=2000), AfterValidator(_http_url)]
Currency = Annotated[
    str,
    Field(pattern=r"^[A-Z]{3}$", description="The ISO 4217 code of a currency in use."),
    AfterValidator(require_currency),
]
Moment = Annotated[Instant, AfterValidator(_utc)]
Limit = Annotated[int, Field(ge=1, le=200, description="The largest number of items on the page.")]
Cursor = Annotated[
    str | None, Field(max_length=200, description="The `next_cursor` of the page before; left out for the first page.")
]


class Input(BaseModel):
    """A request whose unknown fields are refused."""

    model_config = ConfigDict(extra="forbid")


class Nothing(Input):
    """An empty body or `{}`, since the operation needs no data."""


class Customer(Input):
    """The buyer who pays the invoice."""

    id: UUID = Field(description="The id of the buyer in the client service.")
    name: Name = Field(description="The name of the buyer, shown on the payment page.")
    email: Email = Field(description="The e-mail address of the buyer.")


class InvoiceInput(Input):
    """The invoice to create."""

    reference: UUID = Field(description="The id of the booking; a reference has one invoice.")
    amount: int = Field(ge=0, le=10**15, strict=True, description="The amount in minor units of the currency.")
    currency: Currency
    description: Description = Field(description="The text that the buyer sees on the payment page.")
    customer: Customer = Field(description="The buyer who pays the invoice.")
    expires_at: Moment = Field(description="The deadline for paying, with its UTC offset: no attempt begins after it.")
    return_url: HttpUrl | None = Field(default=None, description="The URL that the payment page links back to.")
    time_zone: TimeZone | None = Field(
        default=None,
        description="The IANA time zone in which the payment page shows the deadline; UTC if it is left out.",
    )


class VoidInput(Input):
    """The reference to void."""

    reference: UUID = Field(description="The id of the booking, whether it has an invoice or not.")


MOST_REFERENCES = 50
_ID = "[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"


def _separated(text: object) -> object:
    return text.split(",") if isinstance(text, str) else text


References = Annotated[
    list[UUID],
    BeforeValidator(_separated),
    Field(max_length=MOST_REFERENCES),
    WithJsonSchema({"type": "string", "pattern": f"^{_ID}(,{_ID}){{0,{MOST_REFERENCES - 1}}}$"}),
]


class InvoiceQuery(Input):
    """Filters of the list of invoices."""

    status: InvoiceStatus | None = Field(default=None, description="Lists only invoices with this status.")
    reference: UUID | None = Field(default=None, description="Lists only the invoice of this booking.")
    references: References | None = Field(
        default=None,
        description=f"Lists only the invoices of these bookings: up to {MOST_REFERENCES} ids, separated by commas.",
    )
    decided: bool | None = Field(
        default=None,
        description="`true` lists no invoice that is `PENDING` or `PROCESSING`, `false` only those.",
    )
    cursor: Cursor = None
    limit: Limit = 50


class DeliveryQuery(Input):
    """Filters of the list of deliveries."""

    invoice: Annotated[Text, Field(max_length=100)] | None = Field(
        default=None, description="Lists only deliveries of events about the invoice with this number."
    )
    state: DeliveryState | None = Field(default=None, description="Lists only deliveries in this state.")
    cursor: Cursor = None
    limit: Limit = 50


class WebhookInput(Input):
    """The new receiver of webhooks."""

    url: Annotated[HttpUrl, AfterValidator(plain)] = Field(description="The URL that webhooks are sent to from now on.")


class SimulationInput(Input):
    """The settings of the simulation to change; a field that is left out keeps its value."""

    failure_rate: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)] | None = Field(
        default=None, description="The probability that a payment is declined."
    )
    latency_ms: Annotated[int, Field(ge=0, le=60_000)] | None = Field(
        default=None, description="The time that is added to every payment, in milliseconds."
    )
    next_outcomes: Annotated[list[Outcome], Field(max_length=1000)] | None = Field(
        default=None, description="The outcomes of the next payments, used before chance."
    )
    seed: Annotated[int, Field(ge=0, lt=2**63)] | None = Field(
        default=None, description="Makes chance repeatable and restarts its sequence; null makes outcomes random."
    )

    @field_validator("failure_rate", "latency_ms", "next_outcomes")
    @classmethod
    def _not_null(cls, value: object) -> object:
        if value is None:
            raise ValueError("must not be null; leave the field out to keep its value")
        return value
