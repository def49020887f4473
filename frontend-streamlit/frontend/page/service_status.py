"""Sends the browser the state of the services as soon as it changes."""

import asyncio

from starlette.requests import Request
from starlette.responses import JSONResponse

from frontend.api import background
from frontend.page.watch import WATCH

ENDPOINT = "/service-status"
LONGEST_SECONDS = 15.0


async def send_status(request: Request) -> JSONResponse:
    """Answers `GET ?known=<version>` with `{version, words}` once the version differs, at the latest after some
    seconds.
    """
    known = request.query_params.get("known", "")
    status = await asyncio.wrap_future(background.start(WATCH.status_after(known, LONGEST_SECONDS)))
    return JSONResponse({"version": status.version, "words": status.words}, headers={"Cache-Control": "no-store"})
