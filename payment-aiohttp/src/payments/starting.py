"""What every process of the service does first; it ends with one sentence where it cannot work."""

from __future__ import annotations

from servicekit.db.startup import require_database
from servicekit.logs import configure_logging
from servicekit.public_keys import warn_of_public_keys

from payments.settings import SERVICE, Settings, load_settings


def start(process: str) -> Settings:
    """The settings, checked, with logs as `process`, a database that has our tables, and a warning of public keys."""
    settings = load_settings()
    configure_logging(settings.log_level, process)
    require_database(settings, SERVICE, table="invoices", migrate="python -m payments.migrate")
    warn_of_public_keys(settings.secrets())
    return settings
