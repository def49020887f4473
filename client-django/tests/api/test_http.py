"""What all calls have in common: ids, problem documents, limits, and the pages for operators."""

import json
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from devstack.contract_answers import api_of
from django.conf import settings
from django.db import connection
from django.test import Client

from client.bookings.models import Booking
from tests.api.conftest import PASSWORD, SEATS, Api, assert_problem
from tests.fake_ticket import EVENT_ID, FakeTicket
from tests.ticket_contract import CONTRACTS


@pytest.mark.parametrize(
    "path", ["/nothing", "/bookings/not-a-uuid", "/bookings/", f"/bookings/{uuid4()}/", "/events/x"]
)
def test_unknown_addresses_are_problem_documents(ayu: Api, path: str) -> None:
    assert_problem(ayu.get(path), 404, "not-found")


def test_an_unknown_booking_is_not_found(ayu: Api) -> None:
    for method, path in [
        ("GET", ""), ("POST", "/refresh"), ("POST", "/cancel"), ("GET", "/ticket"), ("GET", "/timeline"),
    ]:  # fmt: skip
        assert_problem(ayu.call(method, f"/bookings/{uuid4()}{path}"), 404, "not-found")


@pytest.mark.parametrize(
    ("method", "path"),
    [("PUT", "/bookings"), ("DELETE", "/bookings"), ("POST", "/users/me"), ("PUT", "/events"), ("GET", "/auth/token")],
)
def test_an_unknown_method_is_405(staff: Api, method: str, path: str) -> None:
    assert_problem(staff.call(method, path), 405, "method-not-allowed")


@pytest.mark.parametrize(
    "body",
    [b"{", b"{'a': 1}", b"\xff\xfe", b"nul", b'{"a": NaN}', b'{"a": Infinity}', b"[" * 20000, b"1" * 5000 + b"x"],
)
def test_broken_json_is_400(ayu: Api, ticket: FakeTicket, body: bytes) -> None:
    assert_problem(ayu.post("/bookings", body), 400, "malformed-json")
    assert_problem(ayu.post("/bookings", body, **{"Idempotency-Key": "k"}), 400, "malformed-json")
    assert not Booking.objects.exists()


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "application/xml"])
def test_other_media_types_are_415(ayu: Api, content_type: str) -> None:
    response = ayu.post("/bookings", b"event_id=1", content_type=content_type)
    assert_problem(response, 415, "unsupported-media-type")


def test_a_charset_and_any_accept_header_are_fine(ayu: Api) -> None:
    response = ayu.book(0, content_type="application/json; charset=utf-8", Accept="text/html")
    assert response.status_code == 201


def test_an_oversized_body_is_413(ayu: Api) -> None:
    response = ayu.post("/bookings", b" " * (64 * 1024 + 1))
    assert_problem(response, 413, "body-too-large")


@pytest.mark.parametrize(
    ("body", "media_type", "status"),
    [(b"{", "application/json", 400), (b"{}", "text/plain", 415), (b" " * 1_100_000, "application/json", 413)],
)
def test_every_call_documents_how_it_refuses_a_body_that_it_cannot_read(
    staff: Api, body: bytes, media_type: str, status: int
) -> None:
    names = ("booking_id", "event_id", "seat_id", "notification_id", "reference", "user_id")
    for method, path, takes_body in api_of("client").calls_with_body(**dict.fromkeys(names, str(uuid4()))):
        response = staff.call(method, path.removeprefix("/api/v1"), body, content_type=media_type)
        found = api_of("client").answer_mismatches(
            method, path, status=response.status_code, body=json.loads(response.content)
        )
        assert found == [], (method, path, response.content)
        # The signature decides on a webhook, before its body is looked at.
        is_read = takes_body and not path.startswith("/webhooks/")
        assert response.status_code == status or not is_read, (method, path, response.content)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/bookings"), ("POST", "/bookings"), ("GET", f"/bookings/{uuid4()}"), ("GET", "/users/me"),
        ("PATCH", "/users/me"), ("DELETE", "/users/me"), ("GET", "/waitlist"), ("POST", "/waitlist"),
        ("GET", "/notifications"), ("POST", "/notifications/read-all"), ("POST", f"/notifications/{uuid4()}/read"),
        ("POST", f"/bookings/{uuid4()}/cancel"), ("DELETE", f"/waitlist/{uuid4()}"),
    ],
)  # fmt: skip
def test_without_a_token_there_is_nothing(anonymous: Api, ticket: FakeTicket, method: str, path: str) -> None:
    response = anonymous.call(method, path, {})
    assert_problem(response, 401, "unauthenticated")
    assert response["WWW-Authenticate"].startswith("Bearer")
    assert not ticket.requests


def test_the_request_id_is_taken_over_or_made(anonymous: Api) -> None:
    assert anonymous.get("/events", **{"X-Request-ID": "abc.1-2_3"})["X-Request-ID"] == "abc.1-2_3"
    for bad in ("x" * 65, "a b", "a\tb", "é", ""):
        made = anonymous.get("/events", **{"X-Request-ID": bad})["X-Request-ID"]
        assert len(made) == 32
    problem = assert_problem(anonymous.get("/nothing", **{"X-Request-ID": "abc"}), 404, "not-found")
    assert problem["request_id"] == "abc"


def test_an_unexpected_error_is_a_problem_document_without_its_inside(
    ayu: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("client.edge.bookings.views.booking_list", lambda **_: 1 / 0)
    response = ayu.get("/bookings")
    assert_problem(response, 500, "internal-error")
    assert b"division" not in response.content


def test_every_problem_that_we_make_is_in_the_contract_with_its_status_and_title() -> None:
    from client.edge import problems

    known = json.loads((CONTRACTS / "problems.json").read_text())["problems"]
    ours = [
        *problems.TABLE.values(),
        *(value for value in vars(problems).values() if isinstance(value, problems.Problem)),
    ]
    assert len(ours) > len(problems.TABLE) > 10
    for problem in ours:
        assert problem.type in known, problem.type
        assert (problem.status, problem.title) == (known[problem.type]["status"], known[problem.type]["title"])


def test_health_readiness_and_metrics(anonymous: Api, ayu: Api) -> None:
    assert anonymous.get("/healthz").json() == {"status": "ok"}
    assert anonymous.get("/readyz").json()["checks"] == {"database": "ok"}
    ayu.book(0)
    metrics = anonymous.get("/metrics").content.decode()
    assert 'client_http_requests_total{method="POST",route="api/v1/bookings",status="201"}' in metrics
    assert 'client_ticket_calls_total{method="POST",outcome="ok"}' in metrics


def test_methods_that_callers_invent_are_counted_together(anonymous: Api) -> None:
    for method in ("BREW", "brew", "GETGETGET", "\u0130"):
        anonymous.call(method, "/events")
    metrics = anonymous.get("/metrics").content.decode()
    assert 'client_http_requests_total{method="other",' in metrics
    assert not any(f'method="{method}"' in metrics for method in ("BREW", "brew", "GETGETGET", "\u0130"))


def test_readiness_names_the_database_when_it_does_not_answer(anonymous: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    from django.db import OperationalError

    def refuse() -> Any:
        raise OperationalError

    with monkeypatch.context() as patch:
        patch.setattr(connection, "cursor", refuse)
        document = assert_problem(anonymous.get("/readyz"), 503, "not-ready")
    assert "database" in document["detail"]


def test_the_openapi_document_has_every_address_and_the_page_shows_it(anonymous: Api) -> None:
    document = anonymous.get("/openapi.json").json()
    paths = [
        "auth/register", "auth/token", "auth/token/refresh", "users/me", "users", "users/{user_id}", "events",
        "events/{event_id}", "events/{event_id}/seats", "events/{event_id}/close-sales", "events/{event_id}/cancel",
        "events/{event_id}/waitlist", "organizers", "bookings", "bookings/{booking_id}",
        "bookings/{booking_id}/refresh", "bookings/{booking_id}/cancel", "bookings/{booking_id}/ticket",
        "bookings/{booking_id}/timeline", "waitlist", "waitlist/{entry_id}", "notifications",
        "notifications/{notification_id}/read",
    ]  # fmt: skip
    for path in [*(f"/api/v1/{path}" for path in paths), "/webhooks/ticket"]:
        assert path in document["paths"], path
    assert document["paths"]["/api/v1/bookings"]["post"]["responses"]["default"]
    assert document["paths"]["/api/v1/bookings"]["post"]["security"] == [{"bearer": []}]
    assert anonymous.get("/docs").status_code == 200


def test_the_openapi_document_describes_every_call_in_full_sentences(anonymous: Api) -> None:
    document = anonymous.get("/openapi.json").json()
    operations = [operation for path in document["paths"].values() for operation in path.values()]
    assert len(operations) > 40
    for operation in operations:
        described = [operation, *operation["responses"].values(), *operation.get("parameters", [])]
        texts = [operation["summary"], *(each["description"] for each in described)]
        wrong = [text for text in texts if not (" " in text and text.endswith("."))]
        assert not wrong, operation["operationId"]


def test_the_openapi_document_is_made_without_a_warning() -> None:
    from drf_spectacular.drainage import GENERATOR_STATS
    from drf_spectacular.generators import SchemaGenerator

    GENERATOR_STATS.reset()
    with GENERATOR_STATS.silence():
        SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    assert not GENERATOR_STATS, [*GENERATOR_STATS._warn_cache, *GENERATOR_STATS._error_cache]


def test_models_and_migrations_agree() -> None:
    from django.core.management import call_command

    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


ADMIN = [
    "accounts/user", "bookings/booking", "notifications/notification", "integrations/inboxmessage",
]  # fmt: skip


@pytest.fixture
def administration(sign_up: Callable[..., Api]) -> Client:
    """A browser in which a member of staff is signed in to the administration."""
    boss = sign_up("boss", is_staff=True)
    client = Client()
    assert client.login(email="boss@example.com", password=PASSWORD)
    assert boss.user
    return client


@pytest.mark.parametrize("page", ADMIN)
def test_the_administration_lists_rows_and_finds_them_by_a_search(
    administration: Client, ayu: Api, ticket: FakeTicket, deliver: Callable[..., Any], page: str
) -> None:
    booking = ticket.bookings[ayu.book(0).json()["id"]]
    deliver("booking.updated", booking | {"version": 3, "status": "BOOKED"})
    entry = ticket.entry(SEATS[1], ayu.customer)
    deliver("waitlist.updated", entry)
    found_by = {
        "accounts/user": "ayu@example.com",
        "notifications/notification": "ayu@example.com",
        "integrations/inboxmessage": entry["id"],
    }
    for query, rows in (("", True), (f"?q={found_by.get(page, booking['id'])}", True), ("?q=nobody-has-this", False)):
        response = administration.get(f"/admin/{page}/{query}")
        assert response.status_code == 200
        assert bool(response.context["cl"].result_count) == rows, query


def test_the_administration_shows_a_booking_with_its_history_and_changes_nothing(
    administration: Client, ayu: Api
) -> None:
    booking_id = ayu.book(0).json()["id"]
    page = administration.get(f"/admin/bookings/booking/{booking_id}/change/")
    assert b"mirrored" in page.content
    assert administration.post(f"/admin/bookings/booking/{booking_id}/change/", {"status": "BOOKED"}).status_code == 403
    assert administration.get("/admin/bookings/booking/add/").status_code == 403
    assert Booking.objects.get().status == "AWAITING_PAYMENT"


def test_the_administration_makes_and_closes_accounts(administration: Client, ayu: Api) -> None:
    from client.accounts.models import User

    form = {
        "email": "new@example.com",
        "name": "New",
        "password1": "gamelan-at-noon-1",
        "password2": "gamelan-at-noon-1",
    }
    assert administration.post("/admin/accounts/user/add/", form).status_code == 302
    made = User.objects.get_by_natural_key("new@example.com")
    assert made.check_password("gamelan-at-noon-1")
    assert administration.get(f"/admin/accounts/user/{made.id}/change/").status_code == 200
    action = {"action": "close_accounts", "_selected_action": [str(made.id)]}
    assert administration.post("/admin/accounts/user/", action).status_code == 302
    made.refresh_from_db()
    assert made.is_active is False


def test_the_administration_does_not_show_sign_in_tokens(administration: Client) -> None:
    assert administration.get("/admin/token_blacklist/outstandingtoken/").status_code == 404


def test_the_administration_is_for_staff(anonymous: Api, ayu: Api) -> None:
    client = Client()
    assert client.login(email="ayu@example.com", password=PASSWORD)
    assert client.get("/admin/bookings/booking/").status_code == 302


def test_a_wrong_host_header_is_refused(ticket: FakeTicket) -> None:
    assert "testserver" in settings.ALLOWED_HOSTS
    response = Client().get("/healthz", headers={"host": "evil.example"})
    assert_problem(response, 404, "not-found")


def test_an_event_page_is_never_called_inside_a_transaction(ticket: FakeTicket) -> None:
    from django.db import transaction

    from client.ticket_api import calls

    with transaction.atomic(), pytest.raises(RuntimeError, match="inside a database transaction"):
        calls.fetch_event(EVENT_ID)  # type: ignore[arg-type]
    assert not ticket.requests
