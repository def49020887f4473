"""Handles every request before and after its route: id, key, body limit, log line, metric."""

import time

import structlog
from servicekit.metrics import method_label
from servicekit.signatures import Request, SignatureError, verify_request
from servicekit.tracing import new_trace, tracing
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from organizer_simulator.domain.keys import Keyring
from organizer_simulator.http import problems
from organizer_simulator.http.metrics import Metrics

PUBLIC_PATHS = frozenset({"/healthz", "/readyz", "/metrics", "/openapi.json", "/docs"})
SIGNATURE = b"webhook-signature"
MOST_BODY_BYTES = 64 * 1024
_log = structlog.get_logger()


def _is_public(path: str) -> bool:
    return path in PUBLIC_PATHS or path.startswith("/docs/")


class Edge:
    """ASGI middleware around the whole app, so that a wrong key is refused before the body is read."""

    def __init__(self, app: ASGIApp, *, keyring: Keyring, metrics: Metrics) -> None:
        self._app = app
        self._keyring = keyring
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        trace = new_trace(_text(headers.get(b"x-request-id")), _text(headers.get(b"traceparent")))
        exchange = _Exchange(send, trace.request_id)
        with tracing(trace):
            try:
                await self._serve(scope, headers, receive, exchange)
            except Exception:  # noqa: BLE001 - the last place that can still answer; the log has the whole error
                _log.exception("request.crashed", path=scope["path"])
                if not exchange.status:
                    await self._refuse(problems.INTERNAL, scope, receive, exchange)
            finally:
                self._record(scope, exchange)

    async def _serve(self, scope: Scope, headers: dict[bytes, bytes], receive: Receive, exchange: "_Exchange") -> None:
        key = _bearer(headers)
        if not _is_public(scope["path"]) and not self._may_call(key, scope["path"]):
            await self._refuse(problems.NO_KEY, scope, receive, exchange)
            return
        body = await _read_body(receive)
        if body is None:
            await self._refuse(problems.TOO_LARGE, scope, receive, exchange)
            return
        if not _is_public(scope["path"]) and not self._is_signed_as_needed(key, scope, headers, body):
            await self._refuse(problems.WRONG_SIGNATURE, scope, receive, exchange)
            return
        await self._app(scope, _replay(body, receive), exchange.send)

    def _may_call(self, key: str, path: str) -> bool:
        organizer, _, rest = path.removeprefix("/").partition("/")
        is_about_holds = rest == "holds" or rest.startswith("holds/")
        return self._keyring.is_root(key) or (is_about_holds and self._keyring.is_own(key, organizer))

    def _is_signed_as_needed(self, key: str, scope: Scope, headers: dict[bytes, bytes], body: bytes) -> bool:
        """Whether the request has a good signature; only with a root key it may have none."""
        if SIGNATURE not in headers:
            return self._keyring.is_root(key)
        query = scope["query_string"].decode("latin-1")
        target = scope["raw_path"].decode("latin-1") + (f"?{query}" if query else "")
        texts = {name.decode("latin-1"): value.decode("latin-1") for name, value in headers.items()}
        try:
            verify_request(request=Request(scope["method"], target, body.decode()), headers=texts, key=key)
        except (SignatureError, UnicodeDecodeError):
            return False
        return True

    async def _refuse(self, refusal: problems.Refusal, scope: Scope, receive: Receive, exchange: "_Exchange") -> None:
        is_about_the_caller = refusal in (problems.NO_KEY, problems.WRONG_SIGNATURE)
        headers = {"www-authenticate": "Bearer"} if is_about_the_caller else None
        response = problems.answer(refusal, instance=scope["path"], headers=headers)
        await response(scope, receive, exchange.send)

    def _record(self, scope: Scope, exchange: "_Exchange") -> None:
        seconds = time.perf_counter() - exchange.started
        # The path template, because a metric must not have a label value for each hold.
        route = getattr(scope.get("route"), "path", "none")
        self._metrics.requests.labels(method_label(scope["method"]), route, exchange.status).observe(seconds)
        if not _is_public(scope["path"]):
            _log.info(
                "request.served",
                method=scope["method"],
                path=scope["path"],
                status=exchange.status,
                duration_ms=round(seconds * 1000, 1),
            )


class _Exchange:
    """Sends one answer: adds the request id and stores the status (0: no answer was sent)."""

    def __init__(self, send: Send, request_id: str) -> None:
        self._send = send
        self.request_id = request_id
        self.status = 0
        self.started = time.perf_counter()

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            message["headers"] = [*message["headers"], (b"x-request-id", self.request_id.encode())]
        await self._send(message)


async def _read_body(receive: Receive) -> bytes | None:
    """Returns the whole body; None if it is too large."""
    body = bytearray()
    while True:
        message = await receive()
        body += message.get("body", b"")
        if len(body) > MOST_BODY_BYTES:
            return None
        if not message.get("more_body", False):
            return bytes(body)


def _replay(body: bytes, receive: Receive) -> Receive:
    waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replayed() -> Message:
        return waiting.pop() if waiting else await receive()

    return replayed


def _bearer(headers: dict[bytes, bytes]) -> str:
    scheme, _, key = headers.get(b"authorization", b"").decode("latin-1").partition(" ")
    return key if scheme == "Bearer" else ""


def _text(value: bytes | None) -> str | None:
    return None if value is None else value.decode("latin-1")
