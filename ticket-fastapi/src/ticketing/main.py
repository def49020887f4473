"""`python -m ticketing.main`: the HTTP process, on HOST:PORT, until SIGTERM or SIGINT."""

from __future__ import annotations

import uvicorn

from ticketing.http.app import create_app
from ticketing.start import start

GRACE_SECONDS = 25
"""Longer than the slowest request: organizer and payment calls have ended by then."""


def main() -> None:
    """Serve until told to stop; requests that run are finished first."""
    settings = start("ticket")
    uvicorn.run(
        create_app(settings),
        host=settings.host,
        port=settings.port,
        loop="uvloop",
        http="httptools",
        ws="none",
        access_log=False,
        log_config=None,
        server_header=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
        timeout_keep_alive=75,
        backlog=2048,
    )


if __name__ == "__main__":
    main()
