"""Sends calls to the client service over one pool of connections, and turns its answers into our errors.

A deadline covers the whole of a call. A call that changes something is sent only if the service has just answered, so
that in an outage the dashboard can nearly always say that nothing was changed.
"""

import asyncio
import json
import ssl
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache, lru_cache
from threading import Lock
from typing import Any

import httpx
from servicekit.versions import entity_tag
from servicekit.viewer_address import viewer_headers

from frontend.api import background
from frontend.api.errors import FieldError, Party, Problem, Refused, ServiceUnreachable, Trouble
from frontend.settings import get_settings

# Longer than the 4 and 9 seconds that the client service allows the ticket service (contracts/README.md).
READ_SECONDS = 4.5
CHANGE_SECONDS = 10.0
PROBE_SECONDS = 1.0
CONNECT_SECONDS = 2.0

MOST_BYTES = 8 * 1024 * 1024
"""Of an answer: 5,000 seats or 200 events, with the longest texts (client-django/client/ticket_api/http.py)."""

OF_TICKET = frozenset({"events", "organizers", "waitlist"})


@dataclass(frozen=True)
class Call:
    """A request to the client service. `path` begins with a slash and follows the base address.

    `deadline` is in seconds; the default depends on the kind of call. In an outage, `may_be_old` calls get the last
    known answer. `version` is the one that a change is based on. `past_caches` asks for the present state.
    """

    method: str
    path: str
    json: Mapping[str, object] | None = None
    params: Mapping[str, str | int | list[str]] = field(default_factory=dict)
    idempotency_key: str | None = None
    deadline: float | None = None
    may_be_old: bool = True
    version: int | None = None
    past_caches: bool = False

    @property
    def only_reads(self) -> bool:
        """Returns whether the call changes nothing, so that it may be repeated."""
        return self.method == "GET"

    @property
    def asks(self) -> Party:
        """Returns the service that has to answer: the client service passes some calls on to the ticket service."""
        of_ticket = self.path.split("/")[1] in OF_TICKET
        of_booking = self.path.startswith("/bookings") and (not self.only_reads or self.path.endswith("/ticket"))
        return Party.TICKET if of_ticket or of_booking else Party.CLIENT

    @property
    def seconds(self) -> float:
        """Returns how many seconds the whole call may take."""
        return self.deadline or (READ_SECONDS if self.only_reads else CHANGE_SECONDS)


class Transport:
    """Sends calls of the client service. Every thread may use it."""

    def __init__(self, client_url: str) -> None:
        address = client_url.rstrip("/")
        self._health = address + "/healthz"
        limits = httpx.Limits(max_connections=64, max_keepalive_connections=32, keepalive_expiry=20)
        self._http = httpx.AsyncClient(
            base_url=address + "/api/v1",
            transport=httpx.AsyncHTTPTransport(verify=_trusted_authorities(), retries=1, limits=limits),
            headers={"Accept": "application/json", "Accept-Encoding": "identity"},
            timeout=httpx.Timeout(None, connect=CONNECT_SECONDS, pool=CONNECT_SECONDS),
        )

    def send(self, call: Call, access: str | None = None, viewer: str | None = None) -> httpx.Response:
        """Sends a call and returns the answer of any status. Raises `ServiceUnreachable` if there is none.

        `viewer` is the address of the person for whom the call is made.
        """
        return background.wait_for(self._send(call, access, viewer))

    async def probe(self, path: str, seconds: float) -> httpx.Response:
        """Returns the service's answer at `path`, counted from its root. Raises `ServiceUnreachable`. Runs on the event
        loop.
        """
        call = Call("GET", self._health.removesuffix("/healthz") + path, deadline=seconds)
        return await self._in_time(call, None, None)

    def close(self) -> None:
        """Closes all connections."""
        background.wait_for(self._http.aclose())

    async def _send(self, call: Call, access: str | None, viewer: str | None) -> httpx.Response:
        if not call.only_reads:
            await self._make_sure_of_an_answer()
        return await self._in_time(call, access, viewer)

    async def _make_sure_of_an_answer(self) -> None:
        try:
            await self.probe("/healthz", PROBE_SECONDS)
        except ServiceUnreachable as error:
            raise ServiceUnreachable(error.trouble, was_sent=False) from None

    async def _in_time(self, call: Call, access: str | None, viewer: str | None) -> httpx.Response:
        try:
            async with asyncio.timeout(call.seconds):
                return await self._once_more_for_reads(call, access, viewer)
        except TimeoutError:
            raise ServiceUnreachable(Trouble.SLOW, call.asks) from None
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout):
            raise ServiceUnreachable(Trouble.UNREACHABLE, was_sent=False) from None
        except httpx.HTTPError:
            raise ServiceUnreachable(Trouble.UNREACHABLE) from None

    async def _once_more_for_reads(self, call: Call, access: str | None, viewer: str | None) -> httpx.Response:
        try:
            return await self._request(call, access, viewer)
        except (httpx.RemoteProtocolError, httpx.ReadError):
            # The server may have closed an idle connection in the meantime; only reads can be repeated safely.
            if not call.only_reads:
                raise
        return await self._request(call, access, viewer)

    async def _request(self, call: Call, access: str | None, viewer: str | None) -> httpx.Response:
        headers = {"X-Request-ID": uuid.uuid4().hex}
        if access is not None:
            headers["Authorization"] = f"Bearer {access}"
        if call.idempotency_key is not None:
            headers["Idempotency-Key"] = call.idempotency_key
        if call.version is not None:
            headers["If-Match"] = entity_tag(call.version)
        if call.past_caches:
            headers["Cache-Control"] = "no-cache"
        request = self._http.build_request(
            call.method, call.path, json=call.json, params=dict(call.params), headers=headers
        )
        if viewer is not None:
            request.headers.update(_signed(viewer, request))
        answer = await self._http.send(request, stream=True)
        try:
            body = await _read_whole(answer, call)
        finally:
            await answer.aclose()
        return httpx.Response(answer.status_code, headers=answer.headers, content=body, request=request)


def _signed(viewer: str, request: httpx.Request) -> dict[str, str]:
    """Returns the headers by which the client service believes whose call this is."""
    secret = get_settings().viewer_secrets[0]
    return viewer_headers(secret, viewer, request.method, request.url.raw_path.decode(), datetime.now(UTC))


async def _read_whole(answer: httpx.Response, call: Call) -> bytes:
    """Returns the body; if it is too long or compressed, raises `ServiceUnreachable`, and the connection is closed."""
    body = bytearray()
    if answer.headers.get("content-encoding", "identity").lower() != "identity":
        raise ServiceUnreachable(Trouble.UNREADABLE, call.asks)
    async for piece in answer.aiter_raw():
        body += piece
        if len(body) > MOST_BYTES:
            raise ServiceUnreachable(Trouble.UNREADABLE, call.asks)
    return bytes(body)


@cache
def _trusted_authorities() -> ssl.SSLContext:
    # Reading the certificates takes tens of milliseconds of processor time.
    return httpx.create_ssl_context()


_making = Lock()


def shared_transport() -> Transport:
    """Returns the process's pool of connections."""
    with _making:
        return _made_once(str(get_settings().client_url))


@lru_cache(maxsize=1)
def _made_once(client_url: str) -> Transport:
    return Transport(client_url)


def content(response: httpx.Response) -> Any:
    """Returns the parsed body of a good answer, None if it is empty. Raises the error that fits any other answer."""
    if response.is_success:
        return parsed(response.content)
    body = _json_or_none(response)
    if not isinstance(body, dict) or "title" not in body:
        raise ServiceUnreachable(Trouble.UNREACHABLE if response.status_code >= 500 else Trouble.UNREADABLE)
    raise Refused(_problem(response, body))


def parsed(body: bytes) -> Any:
    """Returns the body's JSON; None if the body is empty."""
    try:
        return json.loads(body) if body else None
    except ValueError:
        raise ServiceUnreachable(Trouble.UNREADABLE) from None


def _json_or_none(response: httpx.Response) -> Any:
    try:
        return response.json()
    except ValueError:
        return None


def _problem(response: httpx.Response, body: dict[str, Any]) -> Problem:
    errors = body.get("errors")
    return Problem(
        type=str(body.get("type", "about:blank")).rsplit("/", 1)[-1],
        title=str(body["title"]),
        status=response.status_code,
        detail=str(body.get("detail") or ""),
        errors=tuple(_field_errors(errors if isinstance(errors, list) else [])),
        booking_id=str(body["booking_id"]) if body.get("booking_id") else None,
        retry_after=_whole_seconds(response.headers.get("Retry-After", "")),
        unpaid=body["unpaid"] if isinstance(body.get("unpaid"), int) else None,
        scope=str(body.get("scope") or ""),
    )


def _whole_seconds(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() else None


def _field_errors(errors: list[Any]) -> list[FieldError]:
    listed = [error for error in errors if isinstance(error, dict)]
    return [FieldError(*(str(error.get(name, "")) for name in ("field", "message", "code"))) for error in listed]
