"""What an operation is: where, who may call it, and what OpenAPI says of it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from aiohttp import web
from aiohttp.typedefs import Handler
from pydantic import BaseModel

from payments.http.authentication import authenticate


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one path; without `scope` it needs no service key. `answers` and `refusals` are for OpenAPI."""

    method: str
    path: str
    handler: Handler
    summary: str
    tag: str
    scope: str | None = None
    body: type[BaseModel] | None = None
    query: type[BaseModel] | None = None
    answers: tuple[tuple[int, type[BaseModel] | None], ...] = ((200, None),)
    refusals: tuple[str, ...] = ()
    is_remembered: bool = False
    """Whether it takes an `Idempotency-Key`."""

    @property
    def template(self) -> str:
        """The path as OpenAPI writes it, without the patterns of its parameters."""
        return re.sub(r"{(\w+):(?:[^{}]|{[^{}]*})*}", r"{\1}", self.path)

    def route(self) -> web.RouteDef:
        """The route, guarded by its scope."""
        return web.route(self.method, self.path, self._guarded if self.scope else self.handler)

    async def _guarded(self, request: web.Request) -> web.StreamResponse:
        authenticate(request, self.scope or "")
        return await self.handler(request)
