"""What every process of the service does first; if it cannot work, it prints one sentence and exits."""

from __future__ import annotations

from servicekit.db.startup import require_database
from servicekit.logs import configure_logging
from servicekit.public_keys import warn_of_public_keys

from payments.settings import SERVICE, Settings, load_settings


def start(process: str) -> Settings:
    """Loads the settings, configures logs as `process`, requires a migrated database, and warns of public keys."""
    settings = load_settings()
    configure_logging(settings.log_level, process)
    require_database(settings, SERVICE, table="invoices", migrate="python -m payments.migrate")
    warn_of_public_keys(settings.secrets())
    return settings
