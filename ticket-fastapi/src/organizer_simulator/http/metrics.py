"""What Prometheus may ask for."""

from prometheus_client import CollectorRegistry, Counter, Histogram


class Metrics:
    """One registry per app, so that several apps can live in one process."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Histogram(
            "http_request_duration_seconds",
            "Time to answer a request",
            ["method", "route", "status"],
            registry=self.registry,
        )
        self.holds = Counter(
            "organizer_hold_requests",
            "Requests to hold seats, by what came of them",
            ["outcome"],
            registry=self.registry,
        )
