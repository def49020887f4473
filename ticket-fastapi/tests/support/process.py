"""The environment in which tests start processes of the service."""

from __future__ import annotations

import json
import os
from pathlib import Path

from ticketing.settings import Settings

REPOSITORY = Path(__file__).parents[3]
SOURCES = os.pathsep.join(str(REPOSITORY / folder / "src") for folder in ("ticket-fastapi", "servicekit"))


def environment(settings: Settings, **changes: str) -> dict[str, str]:
    """Returns the environment variables for `settings`."""
    secret = {
        "API_KEYS": json.dumps(
            {
                name: {"key": key.key.get_secret_value(), "scopes": sorted(key.scopes)}
                for name, key in settings.api_keys.items()
            }
        ),
        "PAYMENT_API_KEY": settings.payment_api_key.get_secret_value(),
        "TICKET_WEBHOOK_SECRET": settings.ticket_webhook_secret.get_secret_value(),
        "CLIENT_WEBHOOK_SECRET": settings.client_webhook_secret.get_secret_value(),
        "S3_SECRET_KEY": settings.s3_secret_key.get_secret_value(),
    }
    plain = {
        name.upper(): str(getattr(settings, name))
        for name in (
            "database_url",
            "payment_url",
            "client_webhook_url",
            "s3_endpoint",
            "s3_public_endpoint",
            "s3_bucket",
            "s3_access_key",
            "allow_private_addresses",
        )
    }
    return {"PATH": os.environ["PATH"], "PYTHONPATH": SOURCES, **plain, **secret, **changes}
