"""What Prometheus reads at `/metrics`. Counters of this process, and gauges that the database answers when it is asked."""

from __future__ import annotations

from functools import cache

from prometheus_client import Histogram

REQUESTS = Histogram(
    "ticket_http_request_seconds",
    "Time to answer, by method, route template and status",
    ["method", "route", "status"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)


@cache
def _requests(method: str, route: str, status: int) -> Histogram:
    return REQUESTS.labels(method, route, str(status))


def observe_request(method: str, route: str, status: int, seconds: float) -> None:
    """Count one answered request."""
    _requests(method, route, status).observe(seconds)
