"""Finds out from which address a person calls, whoever passes the call on."""

import hashlib
import hmac
from datetime import UTC, datetime

from django.conf import settings
from django.http import HttpRequest
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle
from servicekit.viewer_address import counted_as, verified_viewer

from config.env import environment


def viewer_address(request: HttpRequest | Request) -> str:
    """Returns the address of the person, as addresses are counted: an IPv6 address by its /64.

    It is the one that the dashboard has signed, else that of the connection or of the trusted proxies' caller.
    """
    plain: HttpRequest = request._request if isinstance(request, Request) else request
    known: str | None = getattr(plain, "viewer_address", None)
    if known is None:
        known = counted_as(_signed(plain) or str(BaseThrottle().get_ident(Request(plain))))
        plain.viewer_address = known  # type: ignore[attr-defined]
    return known


def opaque(purpose: str, *parts: str) -> str:
    """Returns a key for these parts from which nobody without SECRET_KEY can learn them."""
    message = "\n".join([purpose, *parts]).encode("utf-8", "surrogatepass")
    return hmac.new(settings.SECRET_KEY.encode(), message, hashlib.sha256).hexdigest()


def _signed(request: HttpRequest) -> str | None:
    return verified_viewer(
        request.headers,
        method=request.method or "",
        # What was sent, where the server says so: Django decodes and encodes it again.
        target=request.META.get("RAW_URI") or request.get_full_path(),
        secrets=environment().viewer_address_secrets,
        now=datetime.now(UTC),
    )
