"""`python -m organizer_simulator.main`: runs the simulator until SIGTERM or SIGINT."""

import sqlite3
import sys
from pathlib import Path

import uvicorn
from servicekit.http.connections import Connections
from servicekit.http.uvicorn_protocol import bounded
from servicekit.logs import configure_logging
from servicekit.public_keys import warn_of_public_keys

from organizer_simulator.http.app import create_app
from organizer_simulator.settings import load_settings
from organizer_simulator.store import HoldStore

SHUTDOWN_SECONDS = 5
LONGER_THAN_IDLE_SECONDS = 7 * 24 * 3600
"""The deadlines of connections have one place, `bounded`."""


def require_database(path: Path) -> None:
    """Returns if the file can be opened or created; otherwise prints one sentence and exits with 1."""
    try:
        HoldStore(path).close()
    except (OSError, sqlite3.Error) as error:
        reason = getattr(error, "strerror", None) or str(error)
        print(f"organizer: the file of ORGANIZER_DATABASE, {path}, cannot be used: {reason}.", file=sys.stderr)
        raise SystemExit(1) from None


def main() -> None:
    settings = load_settings()
    configure_logging(settings.log_level, "organizer")
    warn_of_public_keys(settings.secrets())
    require_database(settings.organizer_database)
    app = create_app(settings)
    uvicorn.run(
        app,
        host=settings.host,
        port=settings.port,
        http=bounded(Connections(settings, on_ended=app.state.metrics.count_ended_connection)),
        timeout_keep_alive=LONGER_THAN_IDLE_SECONDS,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=SHUTDOWN_SECONDS,
    )


if __name__ == "__main__":
    main()
