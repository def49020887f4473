"""Without the database, calls are answered 503 `not-ready` and change nothing; the service recovers without help."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import psycopg2
import pytest
from devstack.deadlines import stretched
from django.db import OperationalError, connection
from django.test import Client, RequestFactory
from django.utils import timezone

from client.accounts.models import User
from client.bookings.models import Booking
from client.edge.handlers import server_error
from client.notifications.models import Notification
from client.webhooks.models import InboxMessage
from client.worker.reconcile import reconcile_due
from tests.api.conftest import PASSWORD, SEATS, TABLES, Api, assert_problem, database_url, history
from tests.fake_ticket import EVENT_ID, FakeTicket
from tests.flaky_proxy import FlakyProxy
from tests.processes import HTTP, MIGRATE, WORKER, run, running, unused_port, wait_until
from tests.triggers import refusing_new_tables, refusing_writes

Deliver = Callable[..., Any]
AWAY = {
    "disk full": "53100", "too many connections": "53300", "read-only": "25006", "shut down": "57P01",
    "cannot connect now": "57P03", "input/output error": "58030", "lock timeout": "55P03", "deadlock": "40P01",
}  # fmt: skip
KEY = {"Idempotency-Key": "k"}


def assert_not_ready(response: Any) -> dict[str, Any]:
    document = assert_problem(response, 503, "not-ready")
    assert int(response["Retry-After"]) >= 1
    return document


@pytest.fixture
def held_booking(ayu: Api, ticket: FakeTicket) -> dict[str, Any]:
    return ticket.bookings[ayu.book(0).json()["id"]]


@pytest.mark.parametrize("sqlstate", AWAY.values(), ids=AWAY)
def test_every_call_that_writes_is_answered_503_and_leaves_nothing_behind(
    ayu: Api, staff: Api, anonymous: Api, held_booking: dict[str, Any], deliver: Deliver, sqlstate: str
) -> None:
    booked = held_booking | {"status": "BOOKED", "version": 3}
    (notification,) = Notification.objects.all()
    new = {"email": "dewi@example.com", "password": PASSWORD, "name": "Dewi"}
    with refusing_writes(*TABLES, sqlstate=sqlstate):
        for response in [
            anonymous.post("/auth/register", new), anonymous.post("/auth/register", new, **KEY),
            anonymous.post("/auth/token", {"email": "ayu@example.com", "password": PASSWORD}),
            anonymous.post("/auth/token/refresh", {"refresh": ayu.refresh}),
            staff.post("/users", new), ayu.patch("/users/me", {"name": "Other"}), ayu.delete("/users/me"),
            ayu.book(1), ayu.book(1, **KEY), ayu.post("/waitlist", {"seat_id": SEATS[0]}, **KEY),
            ayu.post(f"/notifications/{notification.id}/read"), ayu.post("/notifications/read-all"),
            deliver("booking.updated", booked, message_id="msg_1"),
        ]:  # fmt: skip
            assert_not_ready(response)
        for path in ("/bookings", f"/bookings/{held_booking['id']}", "/notifications", "/users/me", "/events"):
            assert ayu.get(path).status_code == 200, "what only reads goes on"
    assert set(User.objects.values_list("name", flat=True)) == {"Ayu", "Staff"}
    assert Booking.objects.get().status == "AWAITING_PAYMENT"
    assert not InboxMessage.objects.exists()
    assert ayu.post("/auth/token/refresh", {"refresh": ayu.refresh}).status_code == 200
    assert deliver("booking.updated", booked, message_id="msg_1").json() == {"outcome": "applied"}
    assert ayu.book(1, **KEY).status_code == 201


def test_a_fault_of_a_statement_stays_an_error_of_ours(ayu: Api) -> None:
    with refusing_writes("bookings_booking", sqlstate="22001"):
        assert_problem(ayu.book(0), 500, "internal-error")


def test_a_booking_that_could_not_be_mirrored_is_named_and_repaired(ayu: Api, ticket: FakeTicket) -> None:
    """The disk is full when ticket's answer arrives."""
    with refusing_writes("bookings_booking", sqlstate="53100", event="UPDATE", rows="NEW.version > OLD.version"):
        document = assert_not_ready(ayu.book(0, **KEY))
    assert Booking.objects.get().status == "REQUESTED"
    response = ayu.book(0, **KEY)
    assert (response.status_code, response.json()["id"]) == (201, document["booking_id"])
    assert len(ticket.calls("POST", "/api/v1/bookings")) == 1


def test_a_booking_that_could_not_be_mirrored_is_repaired_without_its_buyer(ayu: Api) -> None:
    with refusing_writes("bookings_booking", sqlstate="53100", event="UPDATE", rows="NEW.version > OLD.version"):
        assert_not_ready(ayu.book(0))
    Booking.objects.update(next_check_at=timezone.now())
    assert reconcile_due() == 1
    assert Booking.objects.get().status == "AWAITING_PAYMENT"


def test_a_true_answer_is_given_although_it_cannot_be_remembered(ayu: Api, ticket: FakeTicket) -> None:
    with refusing_writes("api_idempotencykey", sqlstate="53100", event="UPDATE", rows="true"):
        assert ayu.book(0, **KEY).json()["status"] == "AWAITING_PAYMENT"


def test_a_cancellation_and_a_refresh_without_the_database_say_so_and_are_made_up_for(
    ayu: Api, ticket: FakeTicket, held_booking: dict[str, Any]
) -> None:
    with refusing_writes("bookings_booking", sqlstate="53100"):
        assert_not_ready(ayu.post(f"/bookings/{held_booking['id']}/cancel"))
        assert_not_ready(ayu.post(f"/bookings/{held_booking['id']}/refresh"))
    assert len(history()) == 2
    assert ayu.post(f"/bookings/{held_booking['id']}/refresh").json()["status"] == "CANCELLED"


def test_the_administration_without_the_database_is_503_too(staff: Api, ayu: Api) -> None:
    assert staff.user
    ayu_id = ayu.customer["id"]
    administration = Client(raise_request_exception=False)
    administration.force_login(staff.user)
    with refusing_writes("accounts_user", sqlstate="53100"):
        assert_not_ready(
            administration.post("/admin/accounts/user/", {"action": "close_accounts", "_selected_action": [ayu_id]})
        )
    sign_in = {"username": "staff@example.com", "password": PASSWORD}
    with refusing_writes("django_session", sqlstate="25006"):
        assert_not_ready(Client(raise_request_exception=False).post("/admin/login/", sign_in))
    # A middleware stores the session once more after the view.
    with refusing_writes("django_session", sqlstate="25006", event="UPDATE", rows="true"):
        assert_not_ready(Client(raise_request_exception=False).post("/admin/login/", sign_in))


def test_a_middleware_without_the_database_is_answered_503_too() -> None:
    request = RequestFactory().get("/admin/")
    try:
        raise OperationalError("the server closed the connection")
    except OperationalError:
        assert_not_ready(server_error(request))
    assert_problem(server_error(request), 500, "internal-error")


@contextmanager
def read_only() -> Iterator[None]:
    """Makes the database read-only, as on a standby server."""
    name = connection.settings_dict["NAME"]
    outside = psycopg2.connect(database_url())
    outside.autocommit = True
    with outside.cursor() as cursor:
        cursor.execute(f'ALTER DATABASE "{name}" SET default_transaction_read_only = on')
        connection.close()
        try:
            yield
        finally:
            cursor.execute(f'ALTER DATABASE "{name}" RESET default_transaction_read_only')
            connection.close()
    outside.close()


def test_readiness_is_red_when_nothing_can_be_written(anonymous: Api) -> None:
    with refusing_new_tables(sqlstate="53100"):
        document = assert_not_ready(anonymous.get("/readyz"))
    assert "database" in document["detail"]
    with read_only():
        assert_not_ready(anonymous.get("/readyz"))
    assert anonymous.get("/readyz").status_code == 200


def test_a_read_only_database_still_shows_the_history(ayu: Api, held_booking: dict[str, Any]) -> None:
    with read_only():
        assert ayu.get("/bookings").json()["items"][0]["id"] == held_booking["id"]
        assert_not_ready(ayu.book(1))
        assert_not_ready(ayu.post("/notifications/read-all"))
    assert ayu.book(1).status_code == 201


def test_looking_at_readiness_leaves_nothing_behind(anonymous: Api) -> None:
    def relations() -> list[Any]:
        with connection.cursor() as cursor:
            cursor.execute("SELECT oid FROM pg_class WHERE relname !~ '^pg_toast' ORDER BY oid")
            return list(cursor.fetchall())

    anonymous.get("/readyz")
    before = relations()
    for _ in range(3):
        assert anonymous.get("/readyz").status_code == 200
    assert relations() == before


@pytest.mark.timeout(180)
@pytest.mark.parametrize("command", [MIGRATE, HTTP], ids=["migrate", "http"])
def test_an_address_of_no_database_ends_the_process_with_status_2(command: list[str]) -> None:
    done = run(command, DATABASE_URL=database_url() + "_gone")
    assert done.returncode == 2, done.stderr
    assert done.stderr.count("\n") == 1, done.stderr
    assert "does not exist" in done.stderr


@pytest.mark.timeout(180)
def test_a_wrong_password_ends_the_process_with_status_2() -> None:
    values = connection.settings_dict
    address = f"{values['HOST']}:{values['PORT']}/{values['NAME']}"
    done = run(WORKER, DATABASE_URL=f"postgresql://{values['USER']}:not-the-password@{address}")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1), done.stderr
    assert "authentication failed" in done.stderr
    assert "not-the-password" not in done.stderr


@pytest.mark.timeout(180)
def test_the_http_process_survives_a_database_that_goes_away_and_comes_back(
    ayu: Api, held_booking: dict[str, Any], tmp_path: Path
) -> None:
    headers = {"Authorization": f"Bearer {ayu.access}"}
    port = unused_port()
    with (
        FlakyProxy(database_url()) as proxy,
        running(HTTP, tmp_path / "log", DATABASE_URL=proxy.url, PORT=str(port), WEB_WORKERS="1"),
        httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=stretched(30)) as http,
    ):
        wait_until(lambda: _status(http, "/readyz") == 200)
        assert http.get("/api/v1/bookings", headers=headers).status_code == 200
        proxy.go_away()
        wanted = {"event_id": EVENT_ID, "seat_ids": [SEATS[1]]}
        for response in [
            http.get("/readyz"), http.get("/api/v1/bookings", headers=headers),
            http.post("/api/v1/bookings", json=wanted, headers=headers),
            http.post("/api/v1/auth/token", json={"email": "ayu@example.com", "password": PASSWORD}),
        ]:  # fmt: skip
            assert (response.status_code, response.json()["type"]) == (503, "not-ready")
            assert response.headers["Retry-After"]
        assert [http.get(path).status_code for path in ("/healthz", "/metrics", "/api/v1/events")] == [200, 200, 200]
        proxy.come_back()
        assert [http.get("/readyz").status_code for _ in range(20)] == [200] * 20
        assert http.post("/api/v1/bookings", json=wanted, headers=headers).status_code == 201
    assert "Traceback" not in (tmp_path / "log").read_text()


def _status(http: httpx.Client, path: str) -> int:
    try:
        return http.get(path).status_code
    except httpx.TransportError:
        return 0


@pytest.mark.timeout(180)
def test_the_worker_survives_a_database_that_goes_away_and_comes_back(
    ayu: Api, ticket: FakeTicket, held_booking: dict[str, Any], tmp_path: Path
) -> None:
    log = tmp_path / "log"
    with (
        FlakyProxy(database_url()) as proxy,
        running(WORKER, log, DATABASE_URL=proxy.url, EMAIL_FILE_PATH=str(tmp_path), RECONCILE_SECONDS="0.2"),
    ):
        ticket.bookings[held_booking["id"]] |= {"status": "EXPIRED", "version": 3}
        Booking.objects.update(next_check_at=timezone.now())
        wait_until(lambda: Booking.objects.get().status == "EXPIRED")
        proxy.go_away()
        wait_until(lambda: {"bookings", "closed accounts", "e-mails"} <= _loops_with_errors(log))
        Notification.objects.update(email_state="PENDING", email_due_at=timezone.now(), email_attempts=0)
        Booking.objects.update(status="AWAITING_PAYMENT", version=2, next_check_at=timezone.now())
        proxy.come_back()
        wait_until(lambda: not Notification.objects.filter(email_state="PENDING").exists())
        wait_until(lambda: Booking.objects.get().status == "EXPIRED")
    assert "Traceback" not in log.read_text()


def test_what_cannot_be_committed_notifies_nobody(ayu: Api, ticket: FakeTicket, held_booking: dict[str, Any]) -> None:
    offer = ticket.booking(str(uuid4()), ayu.customer, SEATS[:1], origin="WAITLIST")
    before = Notification.objects.count()
    with refusing_writes("notifications_notification", sqlstate="53100"):
        ticket.bookings[held_booking["id"]] |= {"status": "BOOKED", "version": 3}
        assert_not_ready(ayu.post(f"/bookings/{held_booking['id']}/refresh"))
    assert (Booking.objects.get().status, Notification.objects.count()) == ("AWAITING_PAYMENT", before)
    assert offer["id"] not in set(Booking.objects.values_list("id", flat=True))


def _loops_with_errors(log: Path) -> set[str]:
    # The last line may not be written completely.
    lines = [json.loads(line) for line in log.read_text().splitlines(keepends=True) if line.endswith("}\n")]
    return {line["loop"] for line in lines if "loop" in line and "error" in line}
