"""Authenticates callers by their service keys and scopes."""

from __future__ import annotations

import hmac

from aiohttp import web
from servicekit.problems import FORBIDDEN, UNAUTHENTICATED

from payments.http.keys import CALLER, services_of
from payments.http.problems import ProblemError


def authenticate(request: web.Request, scope: str) -> None:
    """Stores the caller's name in the request; raises ProblemError if its key is unknown or lacks `scope`."""
    scheme, _, presented = request.headers.get("Authorization", "").partition(" ")
    sent = presented.strip().encode(errors="surrogateescape")
    for name, known in services_of(request).settings.api_keys.items():
        # Constant time: the duration must not reveal how much of a key is right.
        if scheme.lower() == "bearer" and hmac.compare_digest(sent, known.key.get_secret_value().encode()):
            if not known.scopes & {scope, "*"}:
                raise ProblemError(FORBIDDEN, f"This key lacks the scope {scope}.")
            request[CALLER] = name
            return
    raise ProblemError(UNAUTHENTICATED, "A valid service key is needed.", WWW_Authenticate="Bearer")
