"""Assembles the HTTP application."""

from __future__ import annotations

from collections.abc import AsyncIterator

from aiohttp import web
from servicekit.http.aiohttp_server import report_requests

from payments.http import documentation, middleware
from payments.http.keys import SERVICES
from payments.http.pages import install_pages
from payments.http.routes import OPERATIONS, SIMULATION_OPERATIONS
from payments.services import open_services
from payments.settings import Settings

BODY_LIMIT = 64 * 1024


def create_app(settings: Settings) -> web.Application:
    """Returns the application; its connections open when it starts and close when it stops."""

    async def run_services(app: web.Application) -> AsyncIterator[None]:
        async with open_services(settings, "payment") as services:
            app[SERVICES] = services
            yield

    app = web.Application(
        middlewares=[report_requests, middleware.context, middleware.problems], client_max_size=BODY_LIMIT
    )
    app.cleanup_ctx.append(run_services)
    offered = (*OPERATIONS, *(SIMULATION_OPERATIONS if settings.simulation_controls else ()))
    app.add_routes([operation.route() for operation in offered])
    app.add_routes([web.get("/openapi.json", documentation.get_document), web.get("/docs", documentation.get_docs)])
    install_pages(app)
    return app
