"""The Postman environments: compose with its public default keys, and the stack of `./dev` on this machine."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

COMPOSE = {
    "client_url": "http://localhost:8000",
    "ticket_url": "http://localhost:8001",
    "payment_url": "http://localhost:8002",
    "organizer_url": "http://localhost:8003",
    "organizer_internal_url": "http://organizer:8000",
    "frontend_url": "http://localhost:8501",
    "ticket_key": "demo-ticket-key-replace-before-real-use",
    "payment_key": "demo-payment-key-replace-before-real-use",
    "organizer_key": "demo-organizer-key-replace-before-real-use",
    "ticket_webhook_secret": "whsec_ZGVtby10aWNrZXQtd2ViaG9vay1zZWNyZXQtcmVwbGFjZQ==",
    "client_webhook_secret": "whsec_ZGVtby1jbGllbnQtd2ViaG9vay1zZWNyZXQtcmVwbGFjZQ==",
    "staff_email": "staff@example.com",
    "staff_password": "demo-staff-password",
}
"""The default keys of docker-compose.yml, which are public."""

FROM_DEV_ENV = {
    "client_url": "CLIENT_URL",
    "ticket_url": "TICKET_URL",
    "payment_url": "PAYMENT_URL",
    "organizer_url": "ORGANIZER_URL",
    "organizer_internal_url": "ORGANIZER_URL",
    "frontend_url": "FRONTEND_URL",
    "ticket_key": "TICKET_API_KEY",
    "payment_key": "PAYMENT_API_KEY",
    "organizer_key": "ORGANIZER_API_KEY",
    "ticket_webhook_secret": "TICKET_WEBHOOK_SECRET",
    "client_webhook_secret": "CLIENT_WEBHOOK_SECRET",
    "staff_email": "STAFF_EMAIL",
    "staff_password": "STAFF_PASSWORD",
}
"""Maps each variable to its line of `./dev env`."""

VARIABLES = tuple(FROM_DEV_ENV)
SECRETS = frozenset(name for name in VARIABLES if name.endswith(("_key", "_secret", "_password")))

SETTABLE = SECRETS | {"staff_email"}
"""The settings that have the same name in compose's `.env` and in `./dev env`; addresses follow from the ports."""

COMPOSE_NAME, LOCAL_NAME = "Ticketing: compose", "Ticketing: this machine"
OWN_COMPOSE_NAME = "Ticketing: compose with its own keys"


def environment(name: str, values: Mapping[str, str]) -> dict[str, Any]:
    """Returns a Postman environment document."""
    return {
        "name": name,
        "values": [
            {"key": key, "value": value, "type": "secret" if key in SECRETS else "default", "enabled": True}
            for key, value in values.items()
        ],
        "_postman_variable_scope": "environment",
    }


def of_stack(lines: Mapping[str, str], name: str = LOCAL_NAME) -> dict[str, Any]:
    """Returns the environment of the stack whose `./dev env` prints these lines."""
    return environment(name, {variable: lines[line] for variable, line in FROM_DEV_ENV.items()})


def of_compose(own: Mapping[str, str]) -> dict[str, Any]:
    """Returns the environment of a compose platform whose `.env` sets these variables; others keep their defaults."""
    keys = {variable: own[line] for variable, line in FROM_DEV_ENV.items() if line in own and variable in SETTABLE}
    addresses = {
        f"{service}_url": f"http://localhost:{own[port]}"
        for service in ("client", "ticket", "payment", "organizer", "frontend")
        if (port := f"{service.upper()}_PORT") in own
    }
    return environment(OWN_COMPOSE_NAME, {**COMPOSE, **keys, **addresses})
