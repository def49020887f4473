"""Keys that anybody can read in our repository (contracts/README.md): whoever starts with one is told so."""

from __future__ import annotations

import base64
import binascii

import structlog

from ticketing.settings import Settings

PUBLIC = b"demo-"

log = structlog.get_logger()


def warn_of_public_keys(settings: Settings) -> None:
    """Log one warning that names the settings whose secrets are public; nothing when there is none."""
    variables = [name for name, secrets in _secrets(settings).items() if any(map(is_public, secrets))]
    if variables:
        log.warning("settings.public_keys", variables=variables)


def is_public(secret: str) -> bool:
    """Whether a key, a password or a webhook secret begins with `demo-`; of a `whsec_…`, its decoded bytes."""
    if not secret.startswith("whsec_"):
        return secret.encode().startswith(PUBLIC)
    try:
        return base64.b64decode(secret.removeprefix("whsec_"), validate=True).startswith(PUBLIC)
    except binascii.Error:
        return False


def _secrets(settings: Settings) -> dict[str, list[str]]:
    """Every secret by the variable that holds it."""
    password = settings.database_url.hosts()[0]["password"]
    return {
        "DATABASE_URL": [password] if password else [],
        "API_KEYS": [key.key.get_secret_value() for key in settings.api_keys.values()],
        "PAYMENT_API_KEY": [settings.payment_api_key.get_secret_value()],
        "ORGANIZER_API_KEY": [settings.organizer_api_key.get_secret_value()],
        "TICKET_WEBHOOK_SECRET": settings.ticket_webhook_secret.get_secret_value().split(),
        "CLIENT_WEBHOOK_SECRET": [settings.client_webhook_secret.get_secret_value()],
        "S3_ACCESS_KEY": [settings.s3_access_key],
        "S3_SECRET_KEY": [settings.s3_secret_key.get_secret_value()],
    }
