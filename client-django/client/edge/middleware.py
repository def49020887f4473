import time
from collections.abc import Callable
from dataclasses import replace

import structlog
from django.http import HttpRequest, HttpResponse

from client.database.failures import is_retryable, sqlstate
from client.domain.errors import NotReadyError
from client.edge.problems import BODY_TOO_LARGE, NOT_READY, problem_http_response
from client.observability import context
from client.observability.metrics import DURATION, REQUESTS

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
        response = self.get_response(request)
        response["X-Request-ID"] = request_id
        # Without this, Django would log each answer of status 400 and above again.
        response._has_been_logged = True  # type: ignore[attr-defined]
        self._record(request, response, time.perf_counter() - started)
        return response

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
