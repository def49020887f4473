"""The metrics of the simulator."""

from prometheus_client import CollectorRegistry, Counter, Histogram


class Metrics:
    """The metrics of one app, in a registry of its own, so that several apps can run in one process."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Histogram(
            "http_request_duration_seconds",
            "Seconds to answer a request",
            ["method", "route", "status"],
            registry=self.registry,
        )
        self.holds = Counter(
            "organizer_hold_requests",
            "Requests to hold seats, by outcome",
            ["outcome"],
            registry=self.registry,
        )
        self.connections_ended = Counter(
            "organizer_connections_ended",
            "Connections ended by a limit",
            ["reason"],
            registry=self.registry,
        )

    def count_ended_connection(self, reason: str) -> None:
        """Counts a connection that a limit ended or refused."""
        self.connections_ended.labels(reason).inc()
