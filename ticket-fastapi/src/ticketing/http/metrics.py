"""The metrics at `/metrics`: counters of this process, and gauges that are read from the database on request."""

from __future__ import annotations

from collections.abc import Iterable

from prometheus_client import Gauge
from servicekit.db.engine import reading
from servicekit.metrics import ConnectionsEnded, RequestTimes
from sqlalchemy.ext.asyncio import AsyncEngine

from ticketing.db.webhooks.deliveries import OUTBOX
from ticketing.db.worker.counts import count_unfinished_bookings, count_waiting
from ticketing.db.worker.due_work import count_due
from ticketing.db.worker.failures import count_failures
from ticketing.domain.booking import BookingStatus
from ticketing.domain.work import Loop

REQUESTS = RequestTimes("ticket")
CONNECTIONS_ENDED = ConnectionsEnded("ticket")
DUE = Gauge("ticket_work_due", "Items of work that are due, by lane", ["lane"])
DELIVERIES = Gauge("ticket_webhook_deliveries", "Webhook deliveries that are not DELIVERED, by state", ["state"])
UNFINISHED = Gauge("ticket_bookings_unfinished", "Bookings that have a next step, by status", ["status"])
OVERDUE = Gauge(
    "ticket_bookings_overdue", "Bookings whose next step is overdue by more than a minute, by status", ["status"]
)
WAITING = Gauge("ticket_waitlist_waiting", "Waitlist entries that are WAITING")
FAILURES = Gauge(
    "ticket_work_failures", "Failed items of background work since the database was created, by loop", ["loop"]
)
CONNECTIONS = Gauge("ticket_database_connections_in_use", "Connections of this process's pool that are in use")

PAUSED = Gauge(
    "ticket_organizer_paused", "1 for each organizer that this process does not ask at present", ["organizer"]
)
MOST_ORGANIZERS = 50
"""How many organizers are named at most, so that the page stays small whatever happens."""


def read_paused_organizers(slugs: Iterable[str]) -> None:
    """Names the organizers whose breaker is open."""
    PAUSED.clear()
    for slug in sorted(slugs)[:MOST_ORGANIZERS]:
        PAUSED.labels(slug).set(1)


async def read_gauges(engine: AsyncEngine) -> None:
    """Reads the gauges from the database."""
    CONNECTIONS.set(engine.pool.checkedout())  # type: ignore[attr-defined]
    async with reading(engine) as connection:
        due, deliveries = await count_due(connection), await OUTBOX.count(connection)
        unfinished, waiting = await count_unfinished_bookings(connection), await count_waiting(connection)
        failures = await count_failures(connection)
    WAITING.set(waiting)
    for booking_status in BookingStatus:
        count, overdue = unfinished.get(booking_status, (0, 0))
        UNFINISHED.labels(booking_status).set(count)
        OVERDUE.labels(booking_status).set(overdue)
    for loop in Loop:
        FAILURES.labels(loop).set(failures.get(loop, 0))
    for lane, count in due.items():
        DUE.labels(lane).set(count)
    for state, count in deliveries.items():
        DELIVERIES.labels(state).set(count)
