"""The two Postman environments: the local stack of `./dev`, and compose with its default keys."""

from __future__ import annotations

from typing import Any

COMPOSE = {
    "client_url": "http://localhost:8000",
    "ticket_url": "http://localhost:8001",
    "payment_url": "http://localhost:8002",
    "organizer_url": "http://localhost:8003",
    "organizer_internal_url": "http://organizer:8000",
    "ticket_key": "demo-ticket-key-replace-before-real-use",
    "payment_key": "demo-payment-key-replace-before-real-use",
    "organizer_key": "demo-organizer-key-replace-before-real-use",
    "staff_email": "staff@example.com",
    "staff_password": "demo-staff-password",
}
# The keys of a local stack are made anew for each; `./dev env` prints them.
LOCAL = {
    **COMPOSE,
    "organizer_internal_url": "http://127.0.0.1:8003",
    "ticket_key": "",
    "payment_key": "",
    "organizer_key": "",
}
FROM_DEV_ENV = {
    "client_url": "CLIENT_URL",
    "ticket_url": "TICKET_URL",
    "payment_url": "PAYMENT_URL",
    "organizer_url": "ORGANIZER_URL",
    "organizer_internal_url": "ORGANIZER_URL",
    "ticket_key": "TICKET_API_KEY",
    "payment_key": "PAYMENT_API_KEY",
    "organizer_key": "ORGANIZER_API_KEY",
    "staff_email": "STAFF_EMAIL",
    "staff_password": "STAFF_PASSWORD",
}
"""Which line of `./dev env` gives which variable."""


def environment(name: str, values: dict[str, str]) -> dict[str, Any]:
    """A Postman environment document."""
    secret = {"ticket_key", "payment_key", "organizer_key", "staff_password"}
    return {
        "name": name,
        "values": [
            {"key": key, "value": value, "type": "secret" if key in secret else "default", "enabled": True}
            for key, value in values.items()
        ],
        "_postman_variable_scope": "environment",
    }
