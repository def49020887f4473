"""`python -m payments.app`: serves HTTP on HOST:PORT until SIGTERM or SIGINT."""

from __future__ import annotations

import uvloop
from servicekit.http.aiohttp_server import serve
from servicekit.http.connections import Connections

from payments.http.application import create_app
from payments.http.metrics import CONNECTIONS_ENDED
from payments.start import start

GRACE_SECONDS = 20


def main() -> None:
    """Serves until the process is signalled to stop; running requests are finished first."""
    settings = start("payment")
    serving = serve(
        create_app(settings),
        Connections(settings, on_ended=CONNECTIONS_ENDED.count),
        host=settings.host,
        port=settings.port,
        backlog=2048,
        grace_seconds=GRACE_SECONDS,
    )
    uvloop.run(serving)


if __name__ == "__main__":
    main()
