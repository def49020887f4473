"""The environment of each process: exactly the variables that contracts/README.md lists ("Processes, ports, …")."""

import json
import os
from collections.abc import Mapping

from devstack import service_settings
from devstack.environment import STAFF_EMAIL, STAFF_PASSWORD, StackEnvironment
from devstack.home import REPOSITORY
from devstack.locks import KIT
from devstack.ports import HOST

STACK_MARK = "TICKETING_STACK"
"""The variable that names the home in every process of a stack, so that orphans of a killed stack can be found."""

INHERITED = ("PATH", "HOME", "USER", "LANG", "LC_ALL", "TZ", "TMPDIR", "SSL_CERT_FILE", "SSL_CERT_DIR")
"""The variables that a process inherits. Proxies are left out, since all addresses are local."""

_SHARED = str(REPOSITORY / KIT / "src")
"""The shared package. Client and dashboard find their own code in the folder that they run in."""

CLIENT_SCOPES = (
    "catalog:read",
    "catalog:write",
    "bookings:read",
    "bookings:write",
    "waitlist:read",
    "waitlist:write",
    "operations:read",
    "operations:write",
)
PAYMENT_SCOPES_OF_TICKET = ("invoices:read", "invoices:write")


def base(stack: StackEnvironment) -> dict[str, str]:
    """Returns the variables of every process of the stack."""
    kept = {name: os.environ[name] for name in INHERITED if name in os.environ}
    return {**kept, "PYTHONUNBUFFERED": "1", STACK_MARK: str(stack.home.path)}


def _http(stack: StackEnvironment, part: str) -> dict[str, str]:
    return {"HOST": HOST, "PORT": str(stack.ports.of(part)), "DATABASE_URL": stack.database_urls.get(part, "")}


def client(stack: StackEnvironment) -> dict[str, str]:
    """Returns the environment of client-django: web process, worker and migration."""
    return {
        **_http(stack, "client"),
        "PYTHONPATH": _SHARED,
        "SECRET_KEY": stack.secrets.django_secret_key,
        "ALLOWED_HOSTS": f"{HOST},localhost",
        "TICKET_URL": stack.ports.url("ticket"),
        "TICKET_API_KEY": stack.secrets.client_to_ticket_key,
        "CLIENT_WEBHOOK_SECRET": stack.secrets.client_webhook_secret,
        "VIEWER_ADDRESS_SECRET": stack.secrets.viewer_address_secret,
        "FRONTEND_URL": stack.ports.url("frontend"),
        "EMAIL_FILE_PATH": str(stack.home.mail),
        "STAFF_EMAIL": STAFF_EMAIL,
        "STAFF_PASSWORD": STAFF_PASSWORD,
        **service_settings.chosen(service_settings.CLIENT, stack.given),
    }


def ticket(stack: StackEnvironment) -> dict[str, str]:
    """Returns the environment of ticket-fastapi: web process, worker and migration."""
    store = stack.object_store
    return {
        **_http(stack, "ticket"),
        "PYTHONPATH": _sources("ticket-fastapi"),
        "API_KEYS": _api_keys(
            {
                "client": (stack.secrets.client_to_ticket_key, CLIENT_SCOPES),
                "operator": (stack.secrets.ticket_operator_key, ("*",)),
            }
        ),
        "PAYMENT_URL": stack.ports.url("payment"),
        "PAYMENT_API_KEY": stack.secrets.ticket_to_payment_key,
        "TICKET_WEBHOOK_SECRET": stack.secrets.ticket_webhook_secret,
        "CLIENT_WEBHOOK_URL": f"{stack.ports.url('client')}/webhooks/ticket",
        "CLIENT_WEBHOOK_SECRET": stack.secrets.client_webhook_secret,
        "S3_ENDPOINT": store.endpoint,
        "S3_PUBLIC_ENDPOINT": store.public_endpoint,
        "S3_BUCKET": store.bucket,
        "S3_REGION": store.region,
        "S3_ACCESS_KEY": store.access_key,
        "S3_SECRET_KEY": store.secret_key,
        **service_settings.chosen(service_settings.TICKET, stack.given),
    }


def organizer(stack: StackEnvironment) -> dict[str, str]:
    """Returns the environment of the organizer simulator, which stores its holds in a file."""
    return {
        "HOST": HOST,
        "PORT": str(stack.ports.of("organizer")),
        "PYTHONPATH": _sources("ticket-fastapi"),
        "ORGANIZER_API_KEY": stack.secrets.organizer_key,
        "ORGANIZER_DATABASE": str(stack.home.organizer_database),
        **service_settings.chosen(service_settings.ORGANIZER, stack.given),
    }


def payment(stack: StackEnvironment) -> dict[str, str]:
    """Returns the environment of payment-aiohttp: web process, worker and migration."""
    return {
        **_http(stack, "payment"),
        "PYTHONPATH": _sources("payment-aiohttp"),
        "API_KEYS": _api_keys(
            {
                "ticket": (stack.secrets.ticket_to_payment_key, PAYMENT_SCOPES_OF_TICKET),
                "operator": (stack.secrets.payment_operator_key, ("*",)),
            }
        ),
        "PUBLIC_URL": stack.ports.url("payment"),
        "WEBHOOK_URL": f"{stack.ports.url('ticket')}/webhooks/payment",
        "WEBHOOK_SECRET": stack.secrets.ticket_webhook_secret,
        **service_settings.chosen(service_settings.PAYMENT, stack.given),
    }


def frontend(stack: StackEnvironment) -> dict[str, str]:
    """Returns the environment of the dashboard, which calls only the client service."""
    return {
        "PYTHONPATH": _SHARED,
        "CLIENT_URL": stack.ports.url("client"),
        "VIEWER_ADDRESS_SECRET": stack.secrets.viewer_address_secret,
        "STREAMLIT_BROWSER_GATHER_USAGE_STATS": "false",
    }


def _api_keys(keys: Mapping[str, tuple[str, tuple[str, ...]]]) -> str:
    return json.dumps(
        {name: {"key": key, "scopes": scopes} for name, (key, scopes) in keys.items()}, separators=(",", ":")
    )


def _sources(service: str) -> str:
    """Returns the import path of a service: its own code and the shared package."""
    return os.pathsep.join((str(REPOSITORY / service / "src"), _SHARED))
