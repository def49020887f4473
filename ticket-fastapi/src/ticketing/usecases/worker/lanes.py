"""The worker's lanes, one for each kind of work (docs/architecture.md, Work)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from itertools import count

from servicekit.db.due_rows import Places
from servicekit.db.outbox import ClaimedDelivery
from servicekit.lanes import AnyLane, Lane, Left, Work
from sqlalchemy.ext.asyncio import AsyncConnection

from ticketing.db.booking.due_steps import ClaimedStep
from ticketing.db.catalogue import changed_events, event_operations
from ticketing.db.catalogue.changed_events import ChangedEvent
from ticketing.db.catalogue.event_operations import EventOperation
from ticketing.db.webhooks import deliveries
from ticketing.db.webhooks.deliveries import Change
from ticketing.db.worker import due_work
from ticketing.domain.work import Loop
from ticketing.integrations.gateways import MOST_AT_ONCE
from ticketing.services import Services
from ticketing.usecases.operations import cancel_event, publish_event_change
from ticketing.usecases.webhooks import deliver_webhook
from ticketing.usecases.work_items import count_failed
from ticketing.usecases.worker import advance

Together = Callable[[Services, Sequence[ClaimedStep]], Awaitable[Sequence[Left | Exception]]]

NEWEST_FIRST = 4
"""One claim of so many takes the newest deliveries first."""


def _count(loop: Loop) -> Callable[[Services, str, BaseException], Awaitable[None]]:
    async def count_item(services: Services, item: str, error: BaseException) -> None:
        await count_failed(services, loop, item, error)

    return count_item


def _of_bookings(
    name: str, *, at_once: int, of_one_organizer: int | None = None, together: Together | None = None
) -> AnyLane[Services]:
    rows = due_work.BOOKINGS[name]

    async def claim(_: Services, connection: AsyncConnection, places: Places) -> list[Work[ClaimedStep]]:
        return await rows.claim(connection, lease=advance.LEASE, places=places)

    return Lane(
        name,
        at_once,
        rows.seconds_to_next(),
        claim,
        advance.advance,
        _count(Loop.BOOKINGS),
        of_one_owner=of_one_organizer,
        together=together,
    )


async def _claim_operations(_: Services, connection: AsyncConnection, places: Places) -> list[Work[EventOperation]]:
    return await event_operations.claim_due(connection, lease=cancel_event.LEASE, limit=places.free)


def _of_deliveries(name: str, *, bulk: bool, at_once: int) -> AnyLane[Services]:
    claims = count()

    async def claim(_: Services, connection: AsyncConnection, places: Places) -> list[Work[ClaimedDelivery[Change]]]:
        # Every fourth claim takes what has just happened, so that it does not wait until a backlog is worked off.
        newest_first = next(claims) % NEWEST_FIRST == NEWEST_FIRST - 1
        return await deliveries.claim_due(
            connection, bulk=bulk, lease=deliver_webhook.LEASE, limit=places.free, newest_first=newest_first
        )

    due = deliveries.OUTBOX.due.seconds_to_next(deliveries.IS_BULK[bulk])
    failed, together = _count(Loop.DELIVERIES), deliver_webhook.deliver_together
    return Lane(name, at_once, due, claim, deliver_webhook.deliver, failed, together=together)


async def _claim_event_changes(_: Services, connection: AsyncConnection, places: Places) -> list[Work[ChangedEvent]]:
    return await changed_events.claim_due(connection, lease=publish_event_change.LEASE, limit=places.free)


async def _continue_cancellation(services: Services, operation: EventOperation) -> None:
    await cancel_event.continue_cancellation(services, operation)


# These mostly wait for an organizer, which may be slow. One that does not answer leaves most places to the others.
HOLDS = _of_bookings("holds", at_once=16, of_one_organizer=4)
PROMOTIONS = _of_bookings("promotions", at_once=32, of_one_organizer=8)
RELEASES = _of_bookings("releases", at_once=32, of_one_organizer=8)
# These mostly wait for payment, which looks up as many invoices in one call.
DEADLINES = _of_bookings("deadlines", at_once=MOST_AT_ONCE, together=advance.advance_deadlines)
REFUNDS = _of_bookings("refunds", at_once=8)
# What becomes due while documents are made is the next group.
DOCUMENTS = _of_bookings("documents", at_once=16, together=advance.advance_documents)
OPERATIONS: AnyLane[Services] = Lane(
    "operations",
    4,
    event_operations.DUE.seconds_to_next(),
    _claim_operations,
    _continue_cancellation,
    _count(Loop.OPERATIONS),
)
# These mostly wait for the receiver, which may be slow.
EVENT_CHANGES: AnyLane[Services] = Lane(
    "event-changes",
    2,
    changed_events.DUE.seconds_to_next(),
    _claim_event_changes,
    publish_event_change.publish_event_change,
    _count(Loop.EVENT_CHANGES),
)
DELIVERIES = _of_deliveries("deliveries", bulk=False, at_once=40)
BULK = _of_deliveries("bulk", bulk=True, at_once=40)
BOOKING_LANES = (HOLDS, PROMOTIONS, DEADLINES, RELEASES, REFUNDS, DOCUMENTS)
LANES = (*BOOKING_LANES, OPERATIONS, EVENT_CHANGES, DELIVERIES, BULK)
