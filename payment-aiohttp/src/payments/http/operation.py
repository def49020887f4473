"""An operation: its method and path, who may call it, and what OpenAPI says about it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from aiohttp import web
from aiohttp.typedefs import Handler
from pydantic import BaseModel

from payments.http.authentication import authenticate


@dataclass(frozen=True, slots=True)
class Answer:
    """A successful answer for OpenAPI; without `shape` OpenAPI describes no body."""

    status: int
    description: str
    shape: type[BaseModel] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One method of one path; without `scope` it needs no service key.

    `summary`, `description`, `tag`, `answers` and `refusals` (slugs of problems) are for OpenAPI.
    """

    method: str
    path: str
    handler: Handler
    summary: str
    description: str
    tag: str
    answers: tuple[Answer, ...]
    scope: str | None = None
    body: type[BaseModel] | None = None
    query: type[BaseModel] | None = None
    refusals: tuple[str, ...] = ()
    takes_idempotency_key: bool = False

    @property
    def template(self) -> str:
        """The path as OpenAPI writes it, without the patterns of its parameters."""
        return re.sub(r"{(\w+):(?:[^{}]|{[^{}]*})*}", r"{\1}", self.path)

    def route(self) -> web.RouteDef:
        """Returns the route, which checks the service key if the operation has a scope."""
        return web.route(self.method, self.path, self._authenticated if self.scope else self.handler)

    async def _authenticated(self, request: web.Request) -> web.StreamResponse:
        authenticate(request, self.scope or "")
        return await self.handler(request)
