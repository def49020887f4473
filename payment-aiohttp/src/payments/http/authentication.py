"""Service keys and their scopes."""

from __future__ import annotations

import hmac

from aiohttp import web
from servicekit.problems import FORBIDDEN, UNAUTHENTICATED

from payments.http.keys import CALLER, services_of
from payments.http.problems import ProblemError


def authenticate(request: web.Request, scope: str) -> None:
    """Let the request pass when its key has `scope`, and note whose key it is."""
    scheme, _, presented = request.headers.get("Authorization", "").partition(" ")
    sent = presented.strip().encode(errors="surrogateescape")
    for name, known in services_of(request).settings.api_keys.items():
        # Compared in constant time: how long it takes must not tell how much of a key is right.
        if scheme.lower() == "bearer" and hmac.compare_digest(sent, known.key.get_secret_value().encode()):
            if not known.scopes & {scope, "*"}:
                raise ProblemError(FORBIDDEN, f"This key lacks the scope {scope}.")
            request[CALLER] = name
            return
    raise ProblemError(UNAUTHENTICATED, "A valid service key is needed.", WWW_Authenticate="Bearer")
