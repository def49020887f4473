"""`python -m ticketing.main`: serves HTTP on HOST:PORT until SIGTERM or SIGINT."""

from __future__ import annotations

import uvicorn
from servicekit.http.connections import Connections
from servicekit.http.uvicorn_protocol import bounded

from ticketing.http.app import create_app
from ticketing.http.metrics import CONNECTIONS_ENDED
from ticketing.start import start

GRACE_SECONDS = 25
"""Longer than the slowest request, including its calls to organizer and payment."""
LONGER_THAN_IDLE_SECONDS = 7 * 24 * 3600
"""The deadlines of connections have one place, `bounded`."""


def main() -> None:
    """Serves until the process is told to stop; finishes the current requests first."""
    settings = start("ticket")
    uvicorn.run(
        create_app(settings),
        host=settings.host,
        port=settings.port,
        loop="uvloop",
        http=bounded(Connections(settings, on_ended=CONNECTIONS_ENDED.count)),
        ws="none",
        access_log=False,
        log_config=None,
        server_header=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
        timeout_keep_alive=LONGER_THAN_IDLE_SECONDS,
        backlog=2048,
    )


if __name__ == "__main__":
    main()
