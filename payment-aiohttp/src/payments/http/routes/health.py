"""The operations for probes and monitoring, which need no service key."""

from __future__ import annotations

from payments.http import health
from payments.http.operation import Answer, Operation

_TAG = "health"

HEALTH_OPERATIONS: tuple[Operation, ...] = (
    Operation(
        method="GET",
        path="/healthz",
        handler=health.get_health,
        summary="Returns whether the process is alive.",
        description="The container platform calls this; it asks no other system, not even the database.",
        tag=_TAG,
        answers=(Answer(200, "The process is alive."),),
    ),
    Operation(
        method="GET",
        path="/readyz",
        handler=health.get_readiness,
        summary="Returns whether the service can work.",
        description="Load balancers and start scripts call this; it checks that the database takes a write.",
        tag=_TAG,
        answers=(Answer(200, "The database takes reads and writes."),),
        refusals=("not-ready",),
    ),
    Operation(
        method="GET",
        path="/metrics",
        handler=health.get_metrics,
        summary="Returns the metrics of the service for Prometheus.",
        description=(
            "Prometheus reads this text. Without the database it contains the counters of this process, and no new "
            "figures of invoices, deliveries and due work."
        ),
        tag=_TAG,
        answers=(Answer(200, "The metrics are returned in the text format of Prometheus."),),
    ),
)
