"""The start of every process of the service; if the process cannot work, it prints one sentence and ends."""

from __future__ import annotations

from servicekit.db.startup import require_database
from servicekit.logs import configure_logging
from servicekit.public_keys import warn_of_public_keys

from ticketing.settings import SERVICE, Settings, load_settings

QUIET = ("uvicorn.access",)
"""Loggers whose INFO lines repeat the service's own."""


def start(process: str) -> Settings:
    """Checks settings and database, starts logging as `process`, and warns of public keys; returns the settings."""
    settings = load_settings()
    configure_logging(settings.log_level, process, quiet=QUIET)
    warn_of_public_keys(settings.secrets())
    require_database(settings, SERVICE, table="events", migrate="python -m ticketing.migrate")
    return settings
