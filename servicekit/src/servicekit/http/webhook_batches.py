"""Several webhook events in one request, as a sender packs them (contracts/README.md, Batches)."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID, uuid4

import aiohttp
from pydantic import BaseModel, Field, ValidationError
from pydantic_core import to_json

from servicekit.delivery import GONE, AttemptOutcome
from servicekit.http.webhooks import Receiver, post, send
from servicekit.tracing import Trace, tracing

MOST_ITEMS = 40
MOST_BYTES = 60_000
"""Receivers read at most 64 KiB."""
MOST_ANSWER_BYTES = 16 * 1024
TOO_MANY_REQUESTS = 429


@dataclass(frozen=True, slots=True)
class Event:
    """A webhook event: `body` is the JSON object that is sent if it travels alone, `trace` that of its cause."""

    id: UUID
    body: str
    trace: Trace

    def item(self) -> str:
        """Returns the event as an item of a batch: `body` with the members that are headers of a single event."""
        ids = {"id": self.id, "request_id": self.trace.request_id, "traceparent": self.trace.traceparent}
        return f"{to_json(ids).decode()[:-1]},{self.body[1:]}"


class _ItemAnswer(BaseModel):
    id: str
    status: Annotated[int, Field(strict=True, ge=100, le=599)]


class _BatchAnswer(BaseModel):
    items: list[_ItemAnswer]


async def send_events(
    session: aiohttp.ClientSession, receiver: Receiver, events: Sequence[Event]
) -> dict[UUID, AttemptOutcome]:
    """Sends the events in as few requests as the limits allow, and returns the outcomes.

    An event that is missing in the outcomes has to be sent alone: the receiver has not answered for it.
    """
    requests = (_send_batch(session, receiver, batch) for batch in split(events))
    return {id_: outcome for outcomes in await asyncio.gather(*requests) for id_, outcome in outcomes.items()}


def split(events: Iterable[Event]) -> list[list[Event]]:
    """Splits the events, in their order, into batches that keep the limits of items and bytes.

    An event that is larger than the limit is a batch of its own, which is sent in the single form.
    """
    batches: list[list[Event]] = []
    size = 0
    for event in events:
        added = len(event.item().encode()) + 1
        if not batches or len(batches[-1]) == MOST_ITEMS or size + added > MOST_BYTES:
            batches.append([])
            size = len(_batch_body([]).encode())
        batches[-1].append(event)
        size += added
    return batches


def _batch_body(events: Sequence[Event]) -> str:
    now = datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    items = ",".join(event.item() for event in events)
    return f'{{"type":"batch","timestamp":"{now}","data":{{"items":[{items}]}}}}'


async def _send_batch(
    session: aiohttp.ClientSession, receiver: Receiver, events: Sequence[Event]
) -> dict[UUID, AttemptOutcome]:
    if len(events) == 1:
        (event,) = events
        with tracing(event.trace):
            return {event.id: await send(session, receiver, str(event.id), event.body)}
    body = _batch_body(events)
    reply = await post(session, receiver, str(uuid4()), body, wanted_bytes=MOST_ANSWER_BYTES)
    status = reply.outcome.status_code
    if status is not None and 200 <= status < 300:
        return _outcomes_of_items(reply.body, reply.outcome.latency_ms, {str(event.id): event.id for event in events})
    if status is not None and 400 <= status < 500 and status not in (GONE, TOO_MANY_REQUESTS):
        # The receiver knows no batches, or refuses this one, perhaps because of one item.
        return {}
    return {event.id: reply.outcome for event in events}


def _outcomes_of_items(answer: bytes, latency_ms: int, sent: dict[str, UUID]) -> dict[UUID, AttemptOutcome]:
    """Returns the outcomes of the items that the answer names."""
    try:
        items = _BatchAnswer.model_validate_json(answer).items
    except ValidationError:
        return {}
    return {sent[item.id]: _outcome(item.status, latency_ms) for item in items if item.id in sent}


def _outcome(status: int, latency_ms: int) -> AttemptOutcome:
    return AttemptOutcome(status, latency_ms, None if 200 <= status < 300 else "refused as an item of a batch")
