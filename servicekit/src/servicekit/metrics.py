"""What every service measures of its requests, for Prometheus."""

from __future__ import annotations

from functools import cache

from prometheus_client import Histogram

BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
"""Upper bounds, in seconds."""


class RequestTimes:
    """How long answers take, as `<service>_http_request_seconds`."""

    def __init__(self, service: str) -> None:
        self._seconds = Histogram(
            f"{service}_http_request_seconds",
            "Time to answer, by method, route template and status",
            ["method", "route", "status"],
            buckets=BUCKETS,
        )
        # Looking up a child by its labels costs more than the measurement itself.
        self._child = cache(self._seconds.labels)

    def observe(self, method: str, route: str, status: int, seconds: float) -> None:
        """Counts one answered request; `route` is the template, whose values are few, not the path."""
        self._child(method, route, str(status)).observe(seconds)
