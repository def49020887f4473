"""`python -m payments.app`: serves HTTP on HOST:PORT until SIGTERM or SIGINT."""

from __future__ import annotations

import uvloop
from aiohttp import web

from payments.http.application import create_app
from payments.start import start

GRACE_SECONDS = 20
KEEP_ALIVE_SECONDS = 75


def main() -> None:
    """Serves until the process is signalled to stop; running requests are finished first."""
    settings = start("payment")
    web.run_app(
        create_app(settings),
        host=settings.host,
        port=settings.port,
        print=None,
        access_log=None,
        shutdown_timeout=GRACE_SECONDS,
        keepalive_timeout=KEEP_ALIVE_SECONDS,
        backlog=2048,
        loop=uvloop.new_event_loop(),
    )


if __name__ == "__main__":
    main()
