"""Makes calls of the client service with the person's tokens, page by page; in outages, with the last known answer."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, TypeVar

import httpx
from pydantic import BaseModel, ValidationError

from frontend.api.errors import (
    CHANGED_MEANWHILE,
    ChangedMeanwhile,
    Refused,
    ServiceUnreachable,
    SessionExpired,
    Trouble,
)
from frontend.api.findings import FINDINGS
from frontend.api.last_known import LAST_KNOWN
from frontend.api.models import Page, TokenPair
from frontend.api.tokens import Tokens
from frontend.api.transport import Call, Transport, content, parsed

M = TypeVar("M", bound=BaseModel)

UNAUTHORIZED = 401
KNOWN_SECONDS = 2.0
"""How long to wait for a new answer if an old one is known."""


class Caller:
    """Makes calls for one person, or for the public when `tokens` is None. `viewer` is the address of the person."""

    def __init__(self, transport: Transport, tokens: Tokens | None = None, viewer: str | None = None) -> None:
        self._transport = transport
        self._tokens = tokens
        self._viewer = viewer

    def _one(self, model: type[M], call: Call) -> M:
        return parse(model, self._call(call))

    def _based_on_version(self, model: type[M], call: Call) -> Any:
        """Makes a call that changes what is at its path. Raises `ChangedMeanwhile` if it has another version by now."""
        try:
            return self._call(call)
        except Refused as error:
            if error.problem.status != CHANGED_MEANWHILE:
                raise
            present = self._one(model, Call("GET", call.path, may_be_old=False, past_caches=True))
            raise ChangedMeanwhile(error.problem, present) from None

    def _all(self, model: type[Page[M]], path: str, *, limit: int, **filters: str) -> Iterator[M]:
        cursor: str | None = None
        while True:
            page = self._one(model, Call("GET", path, params=params_of(cursor=cursor, limit=limit, **filters)))
            yield from page.items
            cursor = page.next_cursor
            if cursor is None:
                return

    def _call(self, call: Call) -> Any:
        if call.only_reads and call.may_be_old:
            return self._read(call)
        return content(self._answer(call))

    def _read(self, call: Call) -> Any:
        """Returns the present answer; in an outage, the last known one if there is one."""
        owner = self._tokens.owner if self._tokens else ""
        known = LAST_KNOWN.recall(owner, call)
        if known is not None and FINDINGS.is_down(call.asks):
            return parsed(known)
        try:
            response = self._answer(call if known is None else replace(call, deadline=min(call.seconds, KNOWN_SECONDS)))
            body = content(response)
        except (Refused, ServiceUnreachable) as error:
            FINDINGS.record_failed_call(error)
            if known is None or (isinstance(error, Refused) and not error.problem.is_temporary):
                raise
            return parsed(known)
        LAST_KNOWN.keep(owner, call, response.content)
        return body

    def _answer(self, call: Call) -> httpx.Response:
        tokens = self._tokens
        if tokens is None:
            return self._send(call)
        access = tokens.access or tokens.renew("", self._exchange)
        response = self._send(call, access)
        if response.status_code == UNAUTHORIZED:
            response = self._send(call, tokens.renew(access, self._exchange))
        if response.status_code == UNAUTHORIZED:
            raise SessionExpired
        return response

    def _send(self, call: Call, access: str | None = None) -> httpx.Response:
        return self._transport.send(call, access, self._viewer)

    def _exchange(self, refresh: str) -> TokenPair:
        try:
            body = content(self._send(Call("POST", "/auth/token/refresh", json={"refresh": refresh})))
        except Refused as error:
            if error.problem.is_temporary:
                raise
            raise SessionExpired from None
        return parse(TokenPair, body)


def params_of(**values: str | int | None) -> dict[str, str | int]:
    """Returns the parameters that have a value."""
    return {name: value for name, value in values.items() if value not in (None, "")}


def parse(model: type[M], body: Any) -> M:
    """Parses the body as that model. Raises `ServiceUnreachable` if it has another shape."""
    try:
        return model.model_validate(body)
    except ValidationError:
        raise ServiceUnreachable(Trouble.UNREADABLE) from None
