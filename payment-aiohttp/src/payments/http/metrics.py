"""The metrics at `/metrics`: counters of this process, and gauges that are read from the database."""

from __future__ import annotations

from prometheus_client import Gauge
from servicekit.db.engine import reading
from servicekit.metrics import ConnectionsEnded, RequestTimes
from sqlalchemy.ext.asyncio import AsyncEngine

from payments.db.deliveries import OUTBOX
from payments.db.invoices import count_by_status
from payments.db.postponed_work import count_postponed
from payments.db.work import count_due

REQUESTS = RequestTimes("payment")
CONNECTIONS_ENDED = ConnectionsEnded("payment")
INVOICES = Gauge("payment_invoices", "Invoices, by status", ["status"])
DUE = Gauge("payment_work_due", "Work that is due and waits for a worker, by kind", ["kind"])
DELIVERIES = Gauge("payment_webhook_deliveries", "Webhooks not delivered, by state", ["state"])
POSTPONED = Gauge("payment_postponed_work", "Work that failed and is postponed, by kind", ["kind"])
CONNECTIONS = Gauge("payment_database_connections_in_use", "Connections of this process's pool that are in use")


async def read_gauges(engine: AsyncEngine) -> None:
    """Reads the gauges from the database."""
    CONNECTIONS.set(engine.pool.checkedout())  # type: ignore[attr-defined]
    async with reading(engine) as connection:
        for status, count in (await count_by_status(connection)).items():
            INVOICES.labels(status).set(count)
        for kind, count in (await count_due(connection)).items():
            DUE.labels(kind).set(count)
        for state, count in (await OUTBOX.count(connection)).items():
            DELIVERIES.labels(state).set(count)
        POSTPONED.clear()
        for kind, count in (await count_postponed(connection)).items():
            POSTPONED.labels(kind).set(count)
