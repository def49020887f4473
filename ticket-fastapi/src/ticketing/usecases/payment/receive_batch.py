"""Applies the ordinary payments of a batch of webhook events in one transaction (docs/booking.md, Webhooks)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from uuid import UUID

import structlog
from servicekit.crash_points import crash_point
from servicekit.db.availability import is_unavailable
from servicekit.db.engine import driver_in_transaction
from servicekit.tracing import Trace
from sqlalchemy.ext.asyncio import AsyncConnection

from ticketing.db.booking.sell import PaidBooking, sell
from ticketing.db.webhooks import inbox
from ticketing.db.webhooks.inbox import ReceivedWebhook
from ticketing.integrations.gateways import InvoiceStatus
from ticketing.services import Services
from ticketing.usecases.payment.receive_webhook import ACTOR, InvoiceEvent
from ticketing.usecases.webhooks.publish import publish_bookings

log = structlog.get_logger()

TracedEvent = tuple[InvoiceEvent, Trace]


async def receive_payments(services: Services, events: Sequence[TracedEvent]) -> set[str]:
    """Applies the payments that are ordinary; returns the ids of the events with which nothing is left to do.

    The others, which `receive_webhook` takes one by one, are events of any other kind, several about one booking, and
    payments that the statement of the sale leaves alone. If anything fails, nothing is applied, since one of them may
    be the reason. Raises only if the database is away.
    """
    payments = _alone_of_their_booking([each for each in events if each[0].invoice.status is InvoiceStatus.PAID])
    if len(payments) < 2:
        return set()
    crash_point("payment.received")
    try:
        async with services.transaction() as connection:
            done = await _apply(connection, payments)
    except Exception as error:
        if is_unavailable(error):
            raise
        log.warning("webhooks.not_applied_together", webhooks=len(payments), exc_info=True)
        return set()
    crash_point("payment.applied")
    return done


def _alone_of_their_booking(payments: Sequence[TracedEvent]) -> list[TracedEvent]:
    number = Counter(event.invoice.reference for event, _ in payments)
    return [each for each in payments if number[each[0].invoice.reference] == 1]


async def _apply(connection: AsyncConnection, payments: Sequence[TracedEvent]) -> set[str]:
    """Sells what was paid, under the lock of the webhooks' ids; returns the ids that are applied now or were before."""
    driver = await driver_in_transaction(connection)
    new = await inbox.remember_applied(driver, [_received(event) for event, _ in payments])
    of_booking: dict[UUID, TracedEvent] = {
        each[0].invoice.reference: each for each in payments if each[0].webhook_id in new
    }
    paid = [PaidBooking(id_, event.invoice.version, trace.request_id) for id_, (event, trace) in of_booking.items()]
    sold = await sell(driver, paid, actor=ACTOR)
    await publish_bookings(connection, [(booking, of_booking[booking.id][1]) for booking in sold])
    left = new - {of_booking[booking.id][0].webhook_id for booking in sold}
    if left:
        await inbox.forget(driver, left)
    return {event.webhook_id for event, _ in payments} - left


def _received(event: InvoiceEvent) -> ReceivedWebhook:
    return ReceivedWebhook(event.webhook_id, event.type, str(event.invoice.reference), event.invoice.version)
