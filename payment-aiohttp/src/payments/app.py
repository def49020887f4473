"""`python -m payments.app`: the HTTP process, on HOST:PORT, until SIGTERM or SIGINT."""

from __future__ import annotations

import uvloop
from aiohttp import web

from payments.http.application import create_app
from payments.starting import start

GRACE_SECONDS = 20
KEEP_ALIVE_SECONDS = 75


def main() -> None:
    """Serve until told to stop; requests that run are finished first."""
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
