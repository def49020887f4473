"""The dashboard's server: Streamlit with `dashboard.py`, and the HTTP routes that a script cannot have."""

import asyncio
import gc
import logging

import streamlit as st
from servicekit.public_keys import warn_of_public_keys
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from frontend.api import background
from frontend.api.errors import ServiceUnreachable
from frontend.api.transport import shared_transport
from frontend.page import service_status
from frontend.page.failures import show_unexpected
from frontend.session import cookie
from frontend.settings import get_settings

CLIENT_SECONDS = 2.0
logger = logging.getLogger("dashboard")


async def healthz(_: Request) -> JSONResponse:
    """Answers that the process is alive."""
    return JSONResponse({"status": "ok"})


async def readyz(_: Request) -> JSONResponse:
    """Answers whether the client service, which every page needs, answers; if not, 503 that names it."""
    try:
        answer = await asyncio.wrap_future(background.start(shared_transport().probe("/healthz", CLIENT_SECONDS)))
    except ServiceUnreachable:
        answer = None
    if answer is None or not answer.is_success:
        return JSONResponse({"status": "unavailable", "failing": ["client"]}, status_code=503)
    return JSONResponse({"status": "ok"})


def handle_script_error(error: Exception) -> bool:
    """Logs the whole error for the operator and shows the viewer one calm sentence. True keeps the traceback off the
    page.
    """
    logger.error("A page failed.", exc_info=error)
    show_unexpected()
    return True


warn_of_public_keys({"VIEWER_ADDRESS_SECRET": get_settings().viewer_secrets})

app = st.App(
    "dashboard.py",
    routes=[
        Route("/healthz", healthz),
        Route("/readyz", readyz),
        Route(service_status.ENDPOINT, service_status.send_status),
        Route(cookie.ENDPOINT, cookie.exchange_code, methods=["POST"]),
    ],
    on_script_error=handle_script_error,
)

# Streamlit collects garbage after every run of a script and of a fragment. Without this, each collection would look at
# all that was imported, which takes longer than most runs do.
gc.freeze()
