"""Service keys and their scopes (contracts/README.md, conventions)."""

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
    """The calling service, by the name of its key; the audit records this name as the actor."""

    name: str
    scopes: frozenset[str]

    def may(self, scope: Scope) -> bool:
        """Returns whether the key has the scope, or all scopes."""
        return scope in self.scopes or "*" in self.scopes


class Keyring:
    """The service keys that this service accepts."""

    def __init__(self, keys: dict[str, ServiceKey]) -> None:
        self._callers = [
            (entry.key.get_secret_value().encode(), Caller(name, entry.scopes)) for name, entry in keys.items()
        ]

    @classmethod
    def of(cls, settings: Settings) -> Keyring:
        """Returns the keyring of the setting `API_KEYS`."""
        return cls(settings.api_keys)

    def caller(self, key: str) -> Caller | None:
        """Returns the owner of the key. Compares with every key in constant time, so that timing reveals nothing."""
        presented = key.encode("utf-8", "surrogateescape")
        found = None
        for accepted, caller in self._callers:
            if hmac.compare_digest(accepted, presented):
                found = caller
        return found


class require(SecurityBase):  # noqa: N801 - it reads as a verb: `Depends(require("catalog:read"))`
    """A dependency that admits only callers with `scope`, and returns the caller."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.model = HTTPBearerModel(description="A service key of the setting API_KEYS.")
        self.scheme_name = "service key"

    async def __call__(self, request: Request) -> Caller:
        """Raises 401 `unauthenticated` without an accepted key, 403 `forbidden` without the scope."""
        scheme, _, key = request.headers.get("authorization", "").partition(" ")
        keyring: Keyring = request.app.state.keyring
        caller = keyring.caller(key.strip()) if scheme.lower() == "bearer" else None
        if caller is None:
            detail = "Send `Authorization: Bearer <service key>` with a key that this service accepts."
            raise HttpError(UNAUTHENTICATED, detail, {"www-authenticate": "Bearer"})
        if not caller.may(self.scope):
            raise HttpError(FORBIDDEN, f"The key of {caller.name} lacks the scope {self.scope}.")
        return caller
