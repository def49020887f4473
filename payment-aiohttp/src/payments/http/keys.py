"""Typed keys of the values that the application and a request carry."""

from __future__ import annotations

from aiohttp import web

from payments.services import Services

SERVICES = web.AppKey("services", Services)
CALLER = web.RequestKey("caller", str)


def services_of(request: web.Request) -> Services:
    """Returns the objects that the process shares."""
    return request.app[SERVICES]


def caller_of(request: web.Request) -> str:
    """Returns the name of the service key that the caller has used."""
    return request[CALLER]
