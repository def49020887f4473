"""Run the simulator: `python -m organizer_simulator.main`."""

import sqlite3
import sys
from pathlib import Path

import structlog
import uvicorn

from organizer_simulator.http.app import create_app
from organizer_simulator.logs import configure_logs
from organizer_simulator.settings import Settings, load_settings
from organizer_simulator.store import HoldStore

SHUTDOWN_SECONDS = 5


def warn_of_public_keys(settings: Settings) -> None:
    """Log one warning that names the settings whose keys anybody can read in our repository."""
    if settings.organizer_api_key.get_secret_value().startswith("demo-"):
        structlog.stdlib.get_logger("organizer").warning("settings.public_keys", variables=["ORGANIZER_API_KEY"])


def require_database(path: Path) -> None:
    """Return when the file can be opened or made; else print one sentence and exit with 1."""
    try:
        HoldStore(path).close()
    except (OSError, sqlite3.Error) as error:
        reason = getattr(error, "strerror", None) or str(error)
        print(f"organizer: the file of ORGANIZER_DATABASE, {path}, cannot be used: {reason}.", file=sys.stderr)
        raise SystemExit(1) from None


def main() -> None:
    settings = load_settings()
    configure_logs(settings.log_level)
    warn_of_public_keys(settings)
    require_database(settings.organizer_database)
    uvicorn.run(
        create_app(settings),
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=SHUTDOWN_SECONDS,
    )


if __name__ == "__main__":
    main()
