import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace

import structlog
from django.http import HttpRequest, HttpResponse
from servicekit.use_per_key import UsePerKey

from client.database.failures import is_retryable, sqlstate
from client.database.pool import give_back, share
from client.domain.errors import NotReadyError
from client.edge.lane_of import SAFE, lane_of, share_of
from client.edge.lanes import lanes
from client.edge.problems import BODY_TOO_LARGE, BUSY, NOT_READY, busy, problem_http_response
from client.edge.viewers import viewer_address
from client.observability import context
from client.observability.metrics import DURATION, REQUESTS
from client.outgoing.deadline import request_within
from config.env import environment

Handler = Callable[[HttpRequest], HttpResponse]
KIB = 1024
# Callers can invent methods, and each method would become a time series of its own.
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
QUIET = frozenset({"healthz", "readyz", "metrics"})
log = structlog.get_logger("client.http")


class RequestContextMiddleware:
    """Sets request id and trace for everything inside, writes one log line and measures each request."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        started = time.perf_counter()
        request_id = context.begin(
            request_id=request.headers.get("X-Request-ID", ""), traceparent=request.headers.get("traceparent", "")
        )
        with request_within(self._seconds(request)):
            response = self.get_response(request)
        response["X-Request-ID"] = request_id
        # Without this, Django would log each answer of status 400 and above again.
        response._has_been_logged = True  # type: ignore[attr-defined]
        self._record(request, response, time.perf_counter() - started)
        return response

    def _seconds(self, request: HttpRequest) -> float:
        only_reads = request.method in SAFE and request.path.startswith("/api/")
        return environment().read_request_seconds if only_reads else environment().request_seconds

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Answers 503 `not-ready` when the database cannot serve; callers may repeat the call."""
        if not is_retryable(exception):
            return None
        log.warning("database.unavailable", error=str(exception).strip(), sqlstate=sqlstate(exception))
        return problem_http_response(replace(NOT_READY, detail=NotReadyError.detail), request.path)

    def _record(self, request: HttpRequest, response: HttpResponse, seconds: float) -> None:
        match = request.resolver_match
        route = match.route if match else "unmatched"
        method = request.method if request.method in METHODS else "other"
        REQUESTS.labels(method, route, response.status_code).inc()
        DURATION.labels(method, route).observe(seconds)
        if route not in QUIET:
            log.info(
                "request.served",
                method=request.method,
                path=request.path,
                status=response.status_code,
                duration_ms=round(seconds * 1000, 1),
            )


class BodyLimitMiddleware:
    """Refuses a body by its declared length before it is read (contracts: 64 KiB, 1 MiB for lists of seats).

    A body without a declared length is never read: WSGI hands over an empty one.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        declared = request.META.get("CONTENT_LENGTH") or "0"
        if declared.isdigit() and int(declared) > self._limit(request):
            response = problem_http_response(BODY_TOO_LARGE, request.path)
            # The connection closes, because the unread rest would be taken for the next request.
            response["Connection"] = "close"
            return response
        return self.get_response(request)

    def _limit(self, request: HttpRequest) -> int:
        seats = request.path.startswith("/api/v1/events/") and request.path.endswith("/seats")
        return 1024 * KIB if seats else 64 * KIB


class LaneMiddleware:
    """Gives each request a place in its lane, or refuses it with `busy` at once."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response
        proxies = environment().trusted_proxies
        self._addresses = UsePerKey(limit=environment().connections_per_address) if proxies else None

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with ExitStack() as under_way:
            # The response may be read slowly, so the database connection goes back before it is sent.
            under_way.callback(give_back)
            request.under_way = under_way  # type: ignore[attr-defined]
            return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Handler, args: tuple[object, ...], kwargs: dict[str, object]
    ) -> HttpResponse | None:
        """Takes the place once the address is known, so that addresses of nothing take none."""
        match = request.resolver_match
        name = lane_of(match.route if match else "", request.method)
        lane, part = lanes()[name], share_of(name, lambda: request.body)
        under_way: ExitStack = request.under_way  # type: ignore[attr-defined]
        if self._addresses is not None:
            address = viewer_address(request)
            if not self._addresses.enter(address):
                return problem_http_response(BUSY, request.path)
            under_way.callback(self._addresses.leave, address)
        if not lane.enter(part):
            return problem_http_response(busy(lane.seconds_to_come_again()), request.path)
        under_way.callback(lane.leave, part)
        under_way.enter_context(share(name))
        return None
