"""Several webhook events in one request, as a receiver reads them (contracts/README.md, Batches)."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic_core import to_json

from servicekit.http.webhook_batches import MOST_ITEMS
from servicekit.signatures import MAX_ID_LENGTH
from servicekit.tracing import Trace, new_trace


class ReceivedItem(BaseModel):
    """An item of a batch, of which only the id has to be readable; the rest is judged for each item."""

    model_config = ConfigDict(extra="allow")

    # Without control characters, as the header of a single event.
    id: Annotated[str, Field(min_length=1, max_length=MAX_ID_LENGTH, pattern=r"^[^\x00-\x1f\x7f]*$")]
    request_id: Any = None
    traceparent: Any = None

    @property
    def trace(self) -> Trace:
        """The trace of the event; a new one in place of ids that cannot be read."""
        ids = (value if isinstance(value, str) else None for value in (self.request_id, self.traceparent))
        return new_trace(*ids)

    def event(self) -> bytes:
        """Returns the JSON object that the body of a single event would be."""
        return to_json(self.model_extra)


def _different_ids(items: list[ReceivedItem]) -> list[ReceivedItem]:
    if len({item.id for item in items}) < len(items):
        raise ValueError("two items have the same id")
    return items


class ReceivedBatch(BaseModel):
    """The `data` of a batch."""

    items: Annotated[list[ReceivedItem], Field(min_length=1, max_length=MOST_ITEMS), AfterValidator(_different_ids)]
