"""What every process of the service does first; it ends with one sentence where it cannot work."""

from __future__ import annotations

import asyncio

import structlog

from payments.db.availability import DatabaseUnusableError, require_database
from payments.observability import configure_logging
from payments.settings import DatabaseSettings, Settings, load_settings, refuse_to_start

log = structlog.get_logger()


def start(service: str) -> Settings:
    """The settings, checked, with logs as `service`, a database that answers, and a warning of keys that are public."""
    settings = load_settings()
    configure_logging(settings.log_level, service)
    check_database(settings)
    if public := settings.public_keys():
        log.warning("settings.public_keys", variables=public)
    return settings


def check_database(settings: DatabaseSettings) -> None:
    """End the process with status 1 when the database cannot be reached, with 2 when DATABASE_URL is wrong."""
    try:
        asyncio.run(require_database(settings))
    except DatabaseUnusableError as error:
        refuse_to_start(str(error), error.status)
