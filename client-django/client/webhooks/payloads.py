"""Parses the events that ticket sends (contracts/webhooks/*.schema.json). Unknown fields are tolerated."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, TypeAdapter, ValidationError, model_validator
from servicekit.signatures import MAX_ID_LENGTH

from client.ticket_api.models import TicketBooking, TicketWaitlistEntry

MOST_ITEMS = 40


class Envelope(BaseModel):
    type: str
    timestamp: datetime


class BookingUpdated(Envelope):
    type: Literal["booking.updated"]
    data: TicketBooking


class WaitlistUpdated(Envelope):
    type: Literal["waitlist.updated"]
    data: TicketWaitlistEntry


class BatchItem(BaseModel):
    """One event of a batch; `event` is what a webhook of its own would have as its body."""

    id: Annotated[str, Field(min_length=1, max_length=MAX_ID_LENGTH)]
    request_id: str = ""
    traceparent: str = ""
    event: dict[str, Any]

    @model_validator(mode="before")
    @classmethod
    def _keep_whole(cls, item: Any) -> Any:
        return {**item, "event": item} if isinstance(item, dict) else item


class BatchData(BaseModel):
    items: Annotated[list[BatchItem], Field(min_length=1, max_length=MOST_ITEMS)]

    @model_validator(mode="after")
    def _each_id_once(self) -> "BatchData":
        if len({item.id for item in self.items}) < len(self.items):
            raise ValueError("two items have the same id")
        return self


class Batch(Envelope):
    """Several events, each of which is applied for itself (docs/adr/0031)."""

    type: Literal["batch"]
    data: BatchData


Event = BookingUpdated | WaitlistUpdated
Webhook = Event | Batch
BY_TYPE: dict[str, type[Webhook]] = {
    "booking.updated": BookingUpdated,
    "waitlist.updated": WaitlistUpdated,
    "batch": Batch,
}
_WEBHOOK: TypeAdapter[Webhook] = TypeAdapter(Annotated[Webhook, Field(discriminator="type")])
_EVENT: TypeAdapter[Event] = TypeAdapter(Annotated[Event, Field(discriminator="type")])


def webhook_of(body: bytes) -> Webhook | None:
    """Returns the parsed body; None if its type is unknown. Raises pydantic.ValidationError."""
    try:
        return _WEBHOOK.validate_json(body)
    except ValidationError:
        kind = BY_TYPE.get(Envelope.model_validate_json(body).type)
        # Its own model names the fields as they stand in the body, without the kind before them.
        return None if kind is None else kind.model_validate_json(body)


def event_of(item: BatchItem) -> Event | None:
    """Returns the event of an item; None if its type is unknown. Raises pydantic.ValidationError."""
    try:
        return _EVENT.validate_python(item.event)
    except ValidationError:
        if Envelope.model_validate(item.event).type in BY_TYPE:
            raise
        return None
