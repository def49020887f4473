"""Applies the events of a batch, each for itself: an event that fails stops no other (docs/adr/0031)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import structlog
from django.db import transaction
from django.db.utils import Error
from pydantic import ValidationError

from client.accounts.errors import UnknownCustomerError
from client.database.failures import is_retryable, is_unavailable
from client.observability import context
from client.webhooks.inbox import Outcome, booking_event_apply, event_receive, known_before
from client.webhooks.payloads import BatchItem, BookingUpdated, Event, event_of

OK, UNREADABLE, FAILED, NOT_READY = 200, 422, 500, 503
log = structlog.get_logger("client.webhooks")


@dataclass(frozen=True, slots=True)
class ItemOutcome:
    """What became of an event: the status that it would have got as a request of its own, and why."""

    id: str
    status: int
    kind: str
    outcome: str


def batch_receive(items: Sequence[BatchItem]) -> list[ItemOutcome]:
    """Applies the events and returns what became of each. Raises only if the database is away."""
    unreadable: dict[str, ItemOutcome] = {}
    events: dict[str, Event | None] = {}
    for item in items:
        try:
            events[item.id] = event_of(item)
        except ValidationError:
            unreadable[item.id] = ItemOutcome(item.id, UNREADABLE, "unknown", "validation-error")
    decided = _apply_together(items, events)
    outcomes = []
    for item in items:
        outcome = unreadable.get(item.id)
        if outcome is None:
            with context.within(request_id=item.request_id, traceparent=item.traceparent):
                outcome = _receive(item.id, events[item.id], decided.get(item.id))
                log.info("webhook.received", webhook_id=item.id, type=outcome.kind, outcome=outcome.outcome)
        outcomes.append(outcome)
    return outcomes


def _apply_together(items: Sequence[BatchItem], events: Mapping[str, Event | None]) -> dict[str, Outcome]:
    """Applies the ordinary events about bookings, and returns the outcomes of those that are decided."""
    ordinary = [(item, event) for item in items if isinstance(event := events.get(item.id), BookingUpdated)]
    decided = known_before([(item.id, event.data) for item, event in ordinary])
    unknown = sorted((pair for pair in ordinary if pair[0].id not in decided), key=lambda pair: pair[1].data.id)
    return {**decided, **_apply_unknown(unknown)} if unknown else decided


def _apply_unknown(ordinary: Sequence[tuple[BatchItem, BookingUpdated]]) -> dict[str, Outcome]:
    """Applies the events in one transaction. Returns the outcomes of those that are decided: of none, if any failed.

    The bookings are locked in the order that is given, of their ids, so that two batches wait for each other in one
    direction only.
    """
    decided = {}
    try:
        with transaction.atomic():
            for item, event in ordinary:
                with context.within(request_id=item.request_id, traceparent=item.traceparent):
                    outcome = booking_event_apply(item.id, event.data)
                if outcome is not None:
                    decided[item.id] = outcome
    except Error as error:
        if is_unavailable(error):
            raise
        log.warning("batch.applied_one_by_one", error=str(error).strip())
        return {}
    return decided


def _receive(message_id: str, event: Event | None, decided: Outcome | None) -> ItemOutcome:
    kind = "unknown" if event is None else event.type
    try:
        outcome = decided or event_receive(message_id=message_id, event=event)
    except UnknownCustomerError:
        return ItemOutcome(message_id, UNREADABLE, kind, "validation-error")
    except Exception as error:
        if is_unavailable(error):
            raise
        if is_retryable(error):
            return ItemOutcome(message_id, NOT_READY, kind, "not-ready")
        log.exception("webhook.failed", webhook_id=message_id)
        return ItemOutcome(message_id, FAILED, kind, "internal-error")
    return ItemOutcome(message_id, OK, kind, outcome.value)
