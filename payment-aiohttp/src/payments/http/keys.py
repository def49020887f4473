"""What the application and a request carry, by typed keys."""

from __future__ import annotations

from aiohttp import web

from payments.services import Services

SERVICES = web.AppKey("services", Services)
CALLER = web.RequestKey("caller", str)


def services_of(request: web.Request) -> Services:
    """What use cases work with."""
    return request.app[SERVICES]


def caller_of(request: web.Request) -> str:
    """The name of the service key that the request was made with."""
    return request[CALLER]
