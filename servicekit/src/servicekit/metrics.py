"""The metrics of requests that every service has, for Prometheus."""

from __future__ import annotations

from functools import cache

from prometheus_client import Counter, Histogram

BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
"""The upper bounds of the histogram's buckets, in seconds."""
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def method_label(method: str) -> str:
    """Returns the method, or `OTHER`: callers can invent methods, and every value of a label stays in memory."""
    return method if method in METHODS else "OTHER"


class ConnectionsEnded:
    """A counter of the connections that a limit ended or refused, named `<service>_connections_ended_total`."""

    def __init__(self, service: str) -> None:
        self._ended = Counter(f"{service}_connections_ended_total", "Connections ended by a limit", ["reason"])

    def count(self, reason: str) -> None:
        """Counts one; `reason` is one of a few."""
        self._ended.labels(reason).inc()


class RequestTimes:
    """A histogram of the time to answer, named `<service>_http_request_seconds`."""

    def __init__(self, service: str) -> None:
        self._seconds = Histogram(
            f"{service}_http_request_seconds",
            "Time to answer, by method, route template and status",
            ["method", "route", "status"],
            buckets=BUCKETS,
        )
        # Cached, since finding a child by its labels costs more than the measurement itself.
        self._child = cache(self._seconds.labels)

    def observe(self, method: str, route: str, status: int, seconds: float) -> None:
        """Measures one answered request; `route` is the path's template, so that there are few different values."""
        self._child(method_label(method), route, str(status)).observe(seconds)
