import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any
from uuid import uuid4

import pytest
from devstack.contract_answers import watched
from django.db import connection
from django.test import Client
from django.test.client import ClientHandler
from django.test.utils import setup_databases, teardown_databases
from standardwebhooks import Webhook

from client.accounts.models import User
from client.accounts.services import user_create
from client.accounts.tokens import tokens_for
from client.bookings.models import Booking
from client.edge.problems import Problem
from tests.conftest import IS_LONG, WEBHOOK_SECRETS
from tests.fake_ticket import EVENT_ID, FakeTicket

PASSWORD = "gamelan-at-midnight"
SEATS = [f"5d2f4f0a-2c3a-4e7e-8b6f-0e5ad2b7a1{number:02d}" for number in range(1, 13)]


def of_the_administration(vectors: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Returns the vectors that the pages of the administration are tested with, all of them in the long form.

    The pages take long to render. They share their rules with the API, whose tests run each
    vector in both forms; the short form has every fifth vector that is refused and every fifth that is stored.
    """
    if IS_LONG:
        return vectors
    return [each for kept in (True, False) for each in [v for v in vectors if (v["stored"] is not None) is kept][::5]]


TABLES = [
    "api_idempotencykey", "api_throttlewindow", "api_knownaddress", "integrations_inboxmessage",
    "notifications_notification", "bookings_bookingchange", "bookings_booking", "waitlist_waitlistentry",
    "django_tasks_database_dbtaskresult",
    "token_blacklist_blacklistedtoken", "token_blacklist_outstandingtoken", "django_admin_log", "django_session",
    "accounts_tokenfamily", "accounts_user",
]  # fmt: skip


@pytest.fixture(scope="session")
def database_server(django_test_environment: None, django_db_blocker: Any) -> Iterator[None]:
    """Makes a database for this session, with all migrations applied."""
    with django_db_blocker.unblock():
        made = setup_databases(verbosity=0, interactive=False)
        yield
        teardown_databases(made, verbosity=0)


@pytest.fixture(autouse=True)
def database(database_server: None, django_db_blocker: Any) -> Iterator[None]:
    """Commits for real: the service calls no other service inside a transaction, so no test may open one around it.

    Deletes all rows afterwards, which is much faster than truncating when there are few.
    """
    with django_db_blocker.unblock():
        yield
        with connection.cursor() as cursor:
            cursor.execute(";".join(f"DELETE FROM {table}" for table in TABLES))


def database_url() -> str:
    """Returns the address of the session's database."""
    values = connection.settings_dict
    user = f"{values['USER']}:{values['PASSWORD']}"
    return f"postgresql://{user}@{values['HOST']}:{values['PORT']}/{values['NAME']}"


@pytest.fixture(autouse=True)
def wrong_problems(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Every problem that the service answers has its members of the contract, and no others; what is not so is here."""
    found: list[str] = []
    monkeypatch.setattr(Problem, "document", watched(Problem.document, found))
    yield found
    assert found == []


@dataclass
class Api:
    """Calls the API for one user, or without a sign-in."""

    http: Client
    user: User | None = None
    access: str = ""
    refresh: str = ""
    if_match: str | None = "*"
    """The version that changes are based on. `test_versions.py` and tests of versions in the catalogue change it."""

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        if self.access:
            headers.setdefault("Authorization", f"Bearer {self.access}")
        if self.if_match is not None and method in ("PATCH", "DELETE"):
            headers.setdefault("If-Match", self.if_match)
        data = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        prefix = (
            "" if path.startswith(("/webhooks", "/healthz", "/readyz", "/metrics", "/docs", "/openapi")) else "/api/v1"
        )
        content_type = headers.pop("content_type", "application/json")
        return self.http.generic(method, prefix + path, data, content_type=content_type, headers=headers)

    def get(self, path: str, **headers: str) -> Any:
        return self.call("GET", path, **headers)

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        return self.call("POST", path, body, **headers)

    def patch(self, path: str, body: Any) -> Any:
        return self.call("PATCH", path, body)

    def delete(self, path: str) -> Any:
        return self.call("DELETE", path)

    def book(self, *seats: int, **headers: str) -> Any:
        return self.post("/bookings", {"event_id": EVENT_ID, "seat_ids": [SEATS[n] for n in seats]}, **headers)

    @property
    def customer(self) -> dict[str, str]:
        assert self.user
        return {"id": str(self.user.id), "name": self.user.name, "email": self.user.email}


def caller() -> Client:
    """Returns a client that shares the middleware: WhiteNoise reads every static file when it is made."""
    client = Client(raise_request_exception=False)
    client.handler = _handler()
    return client


@cache
def _handler() -> ClientHandler:
    return ClientHandler(enforce_csrf_checks=False)


@pytest.fixture
def anonymous(ticket: FakeTicket) -> Api:
    return Api(caller())


@pytest.fixture
def sign_up(ticket: FakeTicket) -> Callable[..., Api]:
    def make(name: str, **fields: Any) -> Api:
        user = user_create(email=f"{name}@example.com", password=PASSWORD, name=name.title(), **fields)
        pair = tokens_for(user=user)
        return Api(caller(), user, pair.access, pair.refresh)

    return make


@pytest.fixture
def ayu(sign_up: Callable[..., Api]) -> Api:
    return sign_up("ayu")


@pytest.fixture
def bima(sign_up: Callable[..., Api]) -> Api:
    return sign_up("bima")


@pytest.fixture
def staff(sign_up: Callable[..., Api]) -> Api:
    return sign_up("staff", is_staff=True)


def history(**wanted: Any) -> list[dict[str, Any]]:
    """Returns the entries of all bookings' histories that have these values."""
    entries = [entry for booking in Booking.objects.all() for entry in booking.history]
    return [entry for entry in entries if wanted.items() <= entry.items()]


def assert_problem(response: Any, status: int, type_: str) -> dict[str, Any]:
    """Checks that the response is a problem document (RFC 9457) of this type, and returns it."""
    assert response.status_code == status, response.content
    assert response["Content-Type"] == "application/problem+json"
    document: dict[str, Any] = json.loads(response.content)
    assert document["type"] == type_
    assert document["status"] == status
    assert {"title", "detail", "instance", "request_id"} <= document.keys()
    return document


@pytest.fixture
def deliver(anonymous: Api) -> Callable[..., Any]:
    """Sends a signed webhook event as ticket does."""

    def send(
        type_: str, data: dict[str, Any], *, message_id: str | None = None, secret: str = WEBHOOK_SECRETS[0]
    ) -> Any:
        body = json.dumps({"type": type_, "timestamp": "2026-11-23T10:00:00Z", "data": data})
        return send_raw(anonymous, body.encode(), message_id=message_id, secret=secret)

    return send


def send_raw(api: Api, body: bytes, *, message_id: str | None = None, secret: str = WEBHOOK_SECRETS[0]) -> Any:
    message_id = message_id or f"msg_{uuid4().hex}"
    now = datetime.now(UTC)
    headers = {
        "webhook-id": message_id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(secret).sign(message_id, now, body.decode()),
    }
    return api.post("/webhooks/ticket", body, **headers)
