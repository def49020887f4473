"""Who calls: service keys with scopes (contracts, conventions of every HTTP interface)."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from typing import Literal

from fastapi import Request
from fastapi.openapi.models import HTTPBearer as HTTPBearerModel
from fastapi.security.base import SecurityBase
from servicekit.problems import FORBIDDEN, UNAUTHENTICATED
from servicekit.settings import ServiceKey

from ticketing.http.problems import HttpError
from ticketing.settings import Settings

Scope = Literal[
    "catalog:read",
    "catalog:write",
    "bookings:read",
    "bookings:write",
    "waitlist:read",
    "waitlist:write",
    "operations:read",
    "operations:write",
]


@dataclass(frozen=True, slots=True)
class Caller:
    """The service that calls, by the name of its key; what the audit calls the actor."""

    name: str
    scopes: frozenset[str]

    def may(self, scope: Scope) -> bool:
        """Whether its key has the scope, or all of them."""
        return scope in self.scopes or "*" in self.scopes


class Keyring:
    """The keys that this service accepts."""

    def __init__(self, keys: dict[str, ServiceKey]) -> None:
        self._callers = [
            (entry.key.get_secret_value().encode(), Caller(name, entry.scopes)) for name, entry in keys.items()
        ]

    @classmethod
    def of(cls, settings: Settings) -> Keyring:
        """The keyring of `API_KEYS`."""
        return cls(settings.api_keys)

    def caller(self, key: str) -> Caller | None:
        """Whose key this is. Compares with every key in constant time, so that time tells nothing."""
        presented = key.encode("utf-8", "surrogateescape")
        found = None
        for known, caller in self._callers:
            if hmac.compare_digest(known, presented):
                found = caller
        return found


class require(SecurityBase):  # noqa: N801 - reads as the word that it stands for: `Depends(require("catalog:read"))`
    """A dependency that lets only callers with `scope` in, and answers who it is."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.model = HTTPBearerModel(description="A service key of API_KEYS; each operation names the scope it needs.")
        self.scheme_name = "service key"

    async def __call__(self, request: Request) -> Caller:
        """401 `unauthenticated` without a known key, 403 `forbidden` without the scope."""
        scheme, _, key = request.headers.get("authorization", "").partition(" ")
        keyring: Keyring = request.app.state.keyring
        caller = keyring.caller(key.strip()) if scheme.lower() == "bearer" else None
        if caller is None:
            detail = "Send `Authorization: Bearer <service key>` with a key that is known here."
            raise HttpError(UNAUTHENTICATED, detail, {"www-authenticate": "Bearer"})
        if not caller.may(self.scope):
            raise HttpError(FORBIDDEN, f"The key of {caller.name} lacks the scope {self.scope}.")
        return caller
