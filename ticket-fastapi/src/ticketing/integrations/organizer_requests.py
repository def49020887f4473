"""Requests to organizers, each with the organizer's own key and signed with it (contracts/README.md, Hold)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from time import monotonic
from uuid import uuid4

import aiohttp
from prometheus_client import Counter
from pydantic_core import to_json
from servicekit.http.calls import Answer
from servicekit.signatures import Request, signed_request_headers
from yarl import URL

from ticketing.domain.records import OrganizerAccess
from ticketing.integrations.calling import UnreachableError, call, calls_limited_to
from ticketing.integrations.gateways import UnreachableOrganizerError

PREVIOUS_KEYS = Counter("ticket_organizer_previous_keys", "Requests for which an organizer refused its new key")
REFUSED_KEY = 401

ForgetPreviousKey = Callable[[str, str], Awaitable[None]]
"""Called with an organizer's slug and its new key, which the organizer has accepted."""


class OrganizerWithoutKeyError(Exception):
    """Staff has set no key for this organizer, so nothing can be asked of it."""


class OrganizerRequests:
    """Sends signed requests to `{base_url}/holds…`."""

    def __init__(
        self, http: aiohttp.ClientSession, timeout_seconds: float, forget_previous_key: ForgetPreviousKey
    ) -> None:
        self._http = http
        self._seconds = timeout_seconds
        self._forget_previous_key = forget_previous_key

    async def send(
        self, method: str, organizer: OrganizerAccess, path: str = "", json: dict[str, object] | None = None
    ) -> Answer:
        """Sends a request with the organizer's key; if that is refused, once more with the previous one.

        The previous key is forgotten as soon as the new one is accepted. Raises UnreachableOrganizerError without an
        answer, or OrganizerWithoutKeyError.
        """
        if organizer.api_key is None:
            raise OrganizerWithoutKeyError(organizer.slug)
        url = f"{organizer.base_url}/holds{path}"
        started = monotonic()
        answer = await self._send(method, url, organizer.api_key, json)
        if organizer.previous_api_key is None:
            return answer
        if answer.status == REFUSED_KEY:
            PREVIOUS_KEYS.inc()
            # Both together take no longer than one call may.
            with calls_limited_to(max(self._seconds - (monotonic() - started), 0)):
                return await self._send(method, url, organizer.previous_api_key, json)
        await self._forget_previous_key(organizer.slug, organizer.api_key)
        return answer

    async def _send(self, method: str, url: str, key: str, json: dict[str, object] | None) -> Answer:
        body = "" if json is None else to_json(json).decode()
        request = Request(method, URL(url).raw_path_qs, body)
        headers = signed_request_headers(key, f"req_{uuid4().hex}", request, datetime.now(UTC))
        try:
            return await call(
                self._http, method, url, key=key, seconds=self._seconds, body=body.encode(), headers=headers
            )
        except UnreachableError as error:
            raise UnreachableOrganizerError(str(error)) from error
