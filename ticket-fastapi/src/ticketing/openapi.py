"""`python -m ticketing.openapi`: prints the OpenAPI document `contracts/openapi/ticket.json`; needs no settings."""

from __future__ import annotations

import json
import sys

from ticketing.http.app import create_app
from ticketing.settings import Settings

_KEY = "only-for-the-document-0123456789"
_WEBHOOK_KEY = "whsec_b25seS1mb3ItdGhlLWRvY3VtZW50LTAxMjM0NTY3ODk="


def settings_for_a_document() -> Settings:
    """Returns settings with which the application can be built, but not started."""
    return Settings.model_validate(
        {
            "database_url": "postgresql://nobody@nowhere/nothing",
            "api_keys": {"nobody": {"key": _KEY, "scopes": []}},
            "payment_url": "http://nowhere",
            "payment_api_key": _KEY,
            "ticket_webhook_secret": _WEBHOOK_KEY,
            "client_webhook_url": "http://nowhere",
            "client_webhook_secret": _WEBHOOK_KEY,
            "s3_endpoint": "http://nowhere",
            "s3_public_endpoint": "http://nowhere",
            "s3_access_key": "nobody",
            "s3_secret_key": _KEY,
        }
    )


def main() -> None:
    """Prints the document."""
    json.dump(create_app(settings_for_a_document()).openapi(), sys.stdout, indent=2, ensure_ascii=False)
    print()


if __name__ == "__main__":
    main()
