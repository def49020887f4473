"""The environment in which tests start processes of the service."""

from __future__ import annotations

import json
import os
from pathlib import Path

from payments.settings import Settings

REPOSITORY = Path(__file__).parents[3]
SOURCES = os.pathsep.join(str(REPOSITORY / folder / "src") for folder in ("payment-aiohttp", "servicekit"))


def environment(settings: Settings, **changes: str) -> dict[str, str]:
    """Returns environment variables that express `settings`."""
    keys = {
        name: {"key": entry.key.get_secret_value(), "scopes": sorted(entry.scopes)}
        for name, entry in settings.api_keys.items()
    }
    return {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": SOURCES,
        "API_KEYS": json.dumps(keys),
        "DATABASE_URL": settings.database_dsn(),
        "PUBLIC_URL": settings.public_url,
        "WEBHOOK_URL": settings.webhook_url,
        "WEBHOOK_SECRET": settings.webhook_secret.get_secret_value(),
        "PAYMENT_FAILURE_RATE": "0",
        "PAYMENT_PROCESSING_SECONDS": "0",
        "SIMULATION_CONTROLS": "true",
        "ALLOW_PRIVATE_ADDRESSES": "true",
        "SWEEP_SECONDS": "0.5",
        **changes,
    }
