"""HTML pages that load nothing from other sites, and the headers that enforce this."""

from __future__ import annotations

from pathlib import Path

import aiohttp_jinja2
import jinja2
from aiohttp import web
from servicekit.errors import NotFoundError

STATIC_PATH = "/static/payments"
STATIC_FOLDER = Path(__file__).with_name("static")
_STATIC_FILES = frozenset(file.name for file in STATIC_FOLDER.iterdir())
STATIC_SECONDS = 3600
"""How long a browser may cache style and script."""

_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self' data:; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    # The address of a payment page is a secret, so the browser must not send it to the next page.
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


def install_pages(app: web.Application) -> None:
    """Adds the templates and the route of the static files to the application."""
    aiohttp_jinja2.setup(
        app,
        loader=jinja2.PackageLoader("payments.http"),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    app.router.add_get(f"{STATIC_PATH}/{{name}}", _static)


async def _static(request: web.Request) -> web.StreamResponse:
    name = request.match_info["name"]
    if name not in _STATIC_FILES:
        raise NotFoundError("There is no such file.")
    return web.FileResponse(STATIC_FOLDER / name, headers={"Cache-Control": f"public, max-age={STATIC_SECONDS}"})


def html(request: web.Request, template: str, values: dict[str, object], status: int = 200) -> web.Response:
    """Renders the template as a page that runs only our own styles and scripts and that no other site can frame."""
    response = aiohttp_jinja2.render_template(template, request, values, status=status)
    response.headers.update(_HEADERS)
    return response
