"""Keeps a person signed in over a browser refresh, with the refresh token in a cookie that no script can read.

A Streamlit script cannot set cookies, and any script could read a cookie that a browser script sets. So the page's
script gives the browser a one-time code, and the browser exchanges it here, over HTTP, for the cookie. The codes live
in this process: behind a load balancer sessions must be sticky, which Streamlit needs anyway.
"""

import json
import secrets
import time
from dataclasses import dataclass, field
from threading import Lock

from starlette.requests import Request
from starlette.responses import Response

COOKIE_NAME = "ticketing_session"
COOKIE_SECONDS = 30 * 24 * 3600
CODE_SECONDS = 60.0
ENDPOINT = "/session-cookie"
MOST_BYTES = 4 * 1024
"""Of a request's body; a code and its name have 50. Everybody may call this."""


@dataclass(frozen=True)
class CookieChange:
    """A change of the browser's cookie to `refresh`; an empty token stands for deleting it.

    With `instead_of`, only one of those cookies is changed: another tab may have signed somebody in meanwhile.
    """

    refresh: str
    instead_of: frozenset[str] | None = None

    def applies_to(self, present: str) -> bool:
        """Returns whether a browser with this cookie gets the change."""
        return self.instead_of is None or present in self.instead_of


@dataclass
class OneTimeCodes:
    """Codes that can be exchanged once, within `CODE_SECONDS`, for a change of the cookie."""

    _issued: dict[str, tuple[float, CookieChange]] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def issue(self, change: CookieChange) -> str:
        """Returns a code for the change."""
        code = secrets.token_urlsafe(24)
        now = time.monotonic()
        with self._lock:
            self._issued = {known: entry for known, entry in self._issued.items() if entry[0] > now}
            self._issued[code] = (now + CODE_SECONDS, change)
        return code

    def redeem(self, code: str) -> CookieChange | None:
        """Returns the change of the code; None if the code is unknown, used or too old."""
        with self._lock:
            deadline, change = self._issued.pop(code, (0.0, None))
        return change if deadline > time.monotonic() else None


CODES = OneTimeCodes()


async def exchange_code(request: Request) -> Response:
    """Answers `POST {code}` with 204 and changes the cookie, unless it is another than the code's change is for.

    An unknown code: 404. A longer body is not read: 413.
    """
    body = await _short_body(request)
    if body is None:
        # The rest of the body would be read as the next request.
        return Response(status_code=413, headers={"Connection": "close"})
    change = CODES.redeem(_code(body))
    if change is None:
        return Response(status_code=404)
    response = Response(status_code=204, headers={"Cache-Control": "no-store"})
    if not change.applies_to(request.cookies.get(COOKIE_NAME, "")):
        return response
    secure = request.headers.get("x-forwarded-proto", request.url.scheme) == "https"
    response.set_cookie(
        COOKIE_NAME,
        change.refresh,
        max_age=COOKIE_SECONDS if change.refresh else 0,
        httponly=True,
        samesite="strict",
        secure=secure,
    )
    return response


async def _short_body(request: Request) -> bytes | None:
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > MOST_BYTES:
            return None
    return bytes(body)


def _code(body: bytes) -> str:
    try:
        content = json.loads(body)
    except ValueError:
        return ""
    return str(content.get("code", "")) if isinstance(content, dict) else ""
