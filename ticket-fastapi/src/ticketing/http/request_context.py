"""The ids, limits, log line and metrics of every request.

This is one plain ASGI middleware, because every booking passes through it.
"""

from __future__ import annotations

from time import perf_counter

import structlog
from servicekit.problems import BODY_TOO_LARGE, INTERNAL_ERROR, UNSUPPORTED_MEDIA_TYPE, Problem
from servicekit.tracing import new_trace, tracing
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ticketing.http.metrics import REQUESTS
from ticketing.http.problems import problem_response

BODY_LIMIT = 64 * 1024
SEAT_LIST_LIMIT = 1024 * 1024
METHODS_WITH_BODY = frozenset({"POST", "PUT", "PATCH"})
CALLER_LEFT = 499
"""What log and metrics show if the connection ended within the body; nobody reads an answer, and it is no defect."""
WEBHOOKS = "/webhooks/"
"""The signature decides on what comes below this path, whatever its content type."""
QUIET_PATHS = frozenset({"/healthz", "/readyz", "/metrics"})

log = structlog.get_logger()


class RequestContextMiddleware:
    """Reads or creates `X-Request-ID` and `traceparent`; refuses bodies that are too large or not JSON.

    An unexpected error answers 500 without details.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handles one request; passes on everything that is not HTTP."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
        trace = new_trace(headers.get(b"x-request-id"), headers.get(b"traceparent"))
        with tracing(trace):
            await _Exchange(self.app, scope, receive, send, trace.request_id).run(headers)


class _Exchange:
    """One request and its answer."""

    def __init__(self, app: ASGIApp, scope: Scope, receive: Receive, send: Send, request_id: str) -> None:
        self.app = app
        self.scope = scope
        self.receive = receive
        self.send = send
        self.id_header = (b"x-request-id", request_id.encode())
        self.status = 0
        self.body_left = SEAT_LIST_LIMIT if scope["path"].endswith("/seats") else BODY_LIMIT

    async def run(self, headers: dict[bytes, str]) -> None:
        """Passes the request to the application, or refuses it."""
        started = perf_counter()
        try:
            if refusal := self._refusal(headers):
                await self._answer(refusal, f"{refusal.title}.")
            else:
                await self.app(self.scope, self._receive, self._send)
        except ClientDisconnect:
            self.status = CALLER_LEFT
        except Exception:
            log.exception("request.crashed", method=self.scope["method"], path=self.scope["path"])
            if self.status:
                raise
            await self._answer(INTERNAL_ERROR, "The service has logged the error under this request_id.")
        finally:
            self._record(perf_counter() - started)

    def _refusal(self, headers: dict[bytes, str]) -> Problem | None:
        if self.scope["method"] not in METHODS_WITH_BODY:
            return None
        length = headers.get(b"content-length", "0")
        if length.isdigit() and int(length) > self.body_left:
            return BODY_TOO_LARGE
        has_body = length != "0" or b"transfer-encoding" in headers
        if has_body and not self.scope["path"].startswith(WEBHOOKS):
            media_type = headers.get(b"content-type", "").partition(";")[0].strip().lower()
            if media_type != "application/json":
                return UNSUPPORTED_MEDIA_TYPE
        return None

    async def _answer(self, problem: Problem, detail: str) -> None:
        response = problem_response(problem, detail, instance=self.scope["path"])
        await response(self.scope, self._receive, self._send)

    async def _receive(self) -> Message:
        message = await self.receive()
        if message["type"] == "http.request":
            self.body_left -= len(message.get("body", b""))
            if self.body_left < 0:
                raise HTTPException(BODY_TOO_LARGE.status)
        return message

    async def _send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            message["headers"] = [*message["headers"], self.id_header]
        await self.send(message)

    def _route(self) -> str:
        # The route has only the path within its router; FastAPI keeps the complete path in the scope.
        effective = self.scope.get("fastapi", {}).get("effective_route_context")
        return str(getattr(effective or self.scope.get("route"), "path", "unknown"))

    def _record(self, seconds: float) -> None:
        path = self.scope["path"]
        if path in QUIET_PATHS:
            return
        REQUESTS.observe(self.scope["method"], self._route(), self.status, seconds)
        duration = round(seconds * 1000, 1)
        log.info("request.served", method=self.scope["method"], path=path, status=self.status, duration_ms=duration)
