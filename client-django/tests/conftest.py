"""Sets the environment of the tests before Django reads it: a real PostgreSQL and a fake ticket over real HTTP."""

import base64
import os
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import django
import pytest
from devstack.deadlines import stretched
from django.conf import settings

from tests.fake_ticket import FakeTicket

IS_LONG = os.environ.get("TEST_LENGTH", "full") == "full"
POSTGRES = os.environ.get("TEST_POSTGRES_URL")
if not POSTGRES:
    pytest.exit("TEST_POSTGRES_URL is not set: run ./dev test", returncode=2)

TICKET = FakeTicket()
WEBHOOK_SECRETS = [f"whsec_{base64.b64encode(bytes([number]) * 32).decode()}" for number in (1, 2)]
VIEWER_SECRETS = [f"whsec_{base64.b64encode(bytes([number]) * 32).decode()}" for number in (3, 4)]

os.environ.update(
    {
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "DATABASE_URL": urlsplit(POSTGRES)._replace(path=f"/client_{uuid4().hex[:12]}").geturl(),
        "SECRET_KEY": "a-secret-key-that-only-the-tests-of-this-service-ever-use",
        "TICKET_URL": TICKET.url,
        "TICKET_API_KEY": "client-key-client-key-client-key",
        "TICKET_READ_SECONDS": f"{min(4, stretched(2)):.1f}",
        "TICKET_CHANGE_SECONDS": f"{min(9, stretched(4)):.1f}",
        "CLIENT_WEBHOOK_SECRET": " ".join(WEBHOOK_SECRETS),
        "VIEWER_ADDRESS_SECRET": " ".join(VIEWER_SECRETS),
        "FRONTEND_URL": "http://127.0.0.1:8501",
        "ALLOWED_HOSTS": "testserver,127.0.0.1,localhost",
        "THROTTLE_AUTH": "1000/min",
        "THROTTLE_BOOKING": "1000/min",
        "LOG_LEVEL": "ERROR",
    }
)

django.setup()

# Real hashing would take longer than all other tests together. The real hasher has a test of its own.
settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def ticket() -> Iterator[FakeTicket]:
    """The fake ticket. Fails the test if a request or an answer breaks ticket's contract."""
    from client.catalog import descriptions
    from client.catalog.selectors import pages
    from client.ticket_api.reachability import reachability

    TICKET.reset()
    pages.clear()
    descriptions.clear_descriptions()
    # Without the pause, each call of a test finds out for itself whether ticket answers.
    reachability.pause = 0
    reachability.mark_reachable()
    yield TICKET
    assert not TICKET.violations


@pytest.fixture
def setting(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Changes settings of the service for one test."""
    from config.env import environment

    def change(**values: Any) -> None:
        for name, value in values.items():
            monkeypatch.setattr(environment(), name, value)

    return change
