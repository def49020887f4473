"""Wraps every request: sets its ids, logs it, measures it, turns errors into problem documents."""

from __future__ import annotations

import time

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler
from servicekit.problems import INTERNAL_ERROR
from servicekit.tracing import new_trace, tracing

from payments.http.metrics import REQUESTS
from payments.http.problems import problem, problem_of

QUIET = frozenset({"/healthz", "/readyz", "/metrics"})

log = structlog.get_logger()


def _route(request: web.Request) -> str:
    resource = request.match_info.route.resource
    return resource.canonical if resource else "none"


@web.middleware
async def context(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Takes the request's ids or makes new ones, adds them to logs and answer, then logs and measures the request."""
    trace = new_trace(request.headers.get("X-Request-ID"), request.headers.get("traceparent"))
    begun = time.monotonic()
    with tracing(trace):
        response = await handler(request)
        response.headers["X-Request-ID"] = trace.request_id
        response.headers.setdefault("X-Content-Type-Options", "nosniff")
        seconds = time.monotonic() - begun
        route = _route(request)
        REQUESTS.observe(request.method, route, response.status, seconds)
        if route not in QUIET:
            # Logs the route instead of the path, because the token of a payment page is a secret.
            duration = round(seconds * 1000, 1)
            log.info("request.served", method=request.method, route=route, status=response.status, duration_ms=duration)
    return response


@web.middleware
async def problems(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answers an error with its problem document."""
    try:
        return await handler(request)
    except Exception as error:
        answer = problem_of(request, error)
        if answer is not None:
            return answer
        if isinstance(error, web.HTTPException):
            raise
        log.exception("request.defect")
        return problem(request, INTERNAL_ERROR, "Something went wrong here; the request id finds it in the logs.")
