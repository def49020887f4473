"""A form saved from an old page overwrites nothing: `ETag` and `If-Match` of what staff edit."""

import threading
from typing import Any
from uuid import uuid4

import pytest
from devstack.deadlines import stretched
from django.db import connection, transaction
from django.test import Client

from client.accounts import services
from client.accounts.models import User
from client.catalog.selectors import pages
from tests.api.conftest import SEATS, Api, assert_problem
from tests.fake_ticket import EVENT_ID, FakeTicket
from tests.processes import wait_until

EVENT = f"/events/{EVENT_ID}"
OF_TICKET = [(EVENT, {"name": "Konser"}), (f"{EVENT}/seats/{SEATS[0]}", {"price": 5}), ("/organizers/x", {"name": "X"})]


@pytest.fixture
def boss(staff: Api) -> Api:
    """Staff that send `If-Match` only where the test says so."""
    staff.if_match = None
    return staff


def account(api: Api) -> str:
    assert api.user
    return f"/users/{api.user.id}"


@pytest.mark.parametrize(("path", "change"), OF_TICKET)
def test_tickets_versions_reach_staff_and_theirs_reach_ticket(
    boss: Api, ticket: FakeTicket, path: str, change: dict[str, Any]
) -> None:
    shown = boss.get(path)
    assert shown["ETag"] == f'"{shown.json()["version"]}"' == '"1"'
    changed = boss.call("PATCH", path, change, **{"If-Match": '"9", "1"'})
    assert (changed.status_code, changed["ETag"], changed.json()["version"]) == (200, '"2"', 2)
    assert ticket.calls("PATCH", f"/api/v1{path}")[0].headers["if-match"] == '"1", "9"'


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
@pytest.mark.parametrize(("path", "change"), OF_TICKET)
def test_tickets_refusals_of_versions_reach_staff(boss: Api, method: str, path: str, change: dict[str, Any]) -> None:
    body = change if method == "PATCH" else None
    assert_problem(boss.call(method, path, body), 428, "precondition-required")
    refused = assert_problem(boss.call(method, path, body, **{"If-Match": 'W/"1"'}), 412, "precondition-failed")
    assert refused["etag"] == '"1"'


@pytest.mark.parametrize("path", ["/events", "/organizers", "/users"])
def test_a_creation_answers_with_the_version_also_when_it_is_repeated(boss: Api, path: str) -> None:
    body = {
        "/events": {"name": "Konser", "venue": "Balai"},
        "/organizers": {"slug": "y", "name": "Y", "base_url": "http://y", "api_key": "k" * 24},
        "/users": {"email": "new@example.com", "password": "gamelan-at-noon", "name": "New"},
    }[path]
    for _ in range(2):
        made = boss.post(path, body, **{"Idempotency-Key": "once"})
        assert (made.status_code, made["ETag"]) == (201, '"1"'), made.content


def test_an_old_tag_never_comes_with_a_new_body(boss: Api, ticket: FakeTicket) -> None:
    for path in (EVENT, f"{EVENT}/seats/{SEATS[0]}"):
        boss.get(path)
    ticket.event_version = ticket.seats[SEATS[0]]["version"] = 5
    for path in (EVENT, f"{EVENT}/seats/{SEATS[0]}"):
        for _ in range(2):
            shown = boss.get(path)
            assert shown["ETag"] == f'"{shown.json()["version"]}"'
            pages.clear()


def test_what_changes_without_the_version_is_never_called_unchanged(boss: Api, ticket: FakeTicket) -> None:
    path = f"{EVENT}/seats/{SEATS[0]}"
    tag = boss.get(path)["ETag"]
    ticket.seats[SEATS[0]]["status"] = "BOOKED"
    pages.clear()
    again = boss.get(path, **{"If-None-Match": tag})
    assert (again.status_code, again.json()["status"]) == (200, "BOOKED")


@pytest.mark.parametrize("path", [EVENT, f"{EVENT}/seats/{SEATS[0]}"])
def test_staff_may_ask_for_the_present_version_and_others_share_the_cache(
    boss: Api, ayu: Api, anonymous: Api, ticket: FakeTicket, path: str
) -> None:
    for caller in (boss, boss, ayu, anonymous):
        caller.get(path)
    asked = len(ticket.calls("GET", f"/api/v1{path}"))
    assert asked == 1
    for caller in (ayu, anonymous):
        caller.get(path, **{"Cache-Control": "no-cache"})
    assert len(ticket.calls("GET", f"/api/v1{path}")) == asked
    ticket.event_version = ticket.seats[SEATS[0]]["version"] = 2
    assert boss.get(path, **{"Cache-Control": "no-cache"})["ETag"] == '"2"'


def test_an_account_has_a_version_that_grows_with_changes_alone(boss: Api, ayu: Api) -> None:
    path = account(ayu)
    assert boss.get(path)["ETag"] == ayu.get("/users/me")["ETag"] == '"1"'
    assert [user["version"] for user in boss.get("/users").json()["items"]] == [1, 1]
    changed = boss.call("PATCH", path, {"name": "Ayu L."}, **{"If-Match": '"1"'})
    assert (changed["ETag"], changed.json()["version"]) == ('"2"', 2)
    again = boss.call("PATCH", path, {"name": "Ayu L."}, **{"If-Match": '"2"'})
    assert (again.status_code, again["ETag"]) == (200, '"2"')


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
def test_an_account_is_changed_only_in_the_version_that_staff_name(boss: Api, ayu: Api, method: str) -> None:
    path, body = account(ayu), {"name": "Ayu L."} if method == "PATCH" else None
    assert_problem(boss.call(method, path, body), 428, "precondition-required")
    for tag in ('"0"', 'W/"1"'):
        refused = assert_problem(boss.call(method, path, body, **{"If-Match": tag}), 412, "precondition-failed")
        assert refused["etag"] == '"1"'
    refused = assert_problem(boss.call(method, path, body, **{"If-Match": "1"}), 422, "validation-error")
    assert [error["field"] for error in refused["errors"]] == ["If-Match"]
    assert boss.get(path).json()["name"] == "Ayu"
    assert_problem(boss.call(method, f"/users/{uuid4()}", body), 404, "not-found")
    assert boss.call(method, path, body, **{"If-Match": '"1"'}).status_code in (200, 204)


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
def test_a_buyer_may_name_the_version_of_the_own_account(ayu: Api, method: str) -> None:
    ayu.if_match = None
    body = {"name": "Ayu L."} if method == "PATCH" else None
    refused = assert_problem(ayu.call(method, "/users/me", body, **{"If-Match": '"7"'}), 412, "precondition-failed")
    assert refused["etag"] == '"1"'
    assert ayu.call(method, "/users/me", body).status_code in (200, 204)


def _both_save(boss: Api, path: str, changes: list[dict[str, Any]], user: User) -> list[int]:
    """Sends both changes from pages with one version, while the account is locked; returns the statuses."""
    answers: list[int] = []

    def save(change: dict[str, Any]) -> None:
        try:
            answers.append(
                Api(boss.http, None, boss.access).call("PATCH", path, change, **{"If-Match": '"1"'}).status_code
            )
        finally:
            connection.close()

    threads = [threading.Thread(target=save, args=(change,)) for change in changes]
    with transaction.atomic():
        User.objects.select_for_update().get(id=user.id)
        for number, thread in enumerate(threads, start=1):
            thread.start()
            _wait_for_waiting(number)
    for thread in threads:
        thread.join(timeout=stretched(20))
    return answers


def _wait_for_waiting(number: int) -> None:
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"

    def enough() -> bool:
        with connection.cursor() as cursor:
            # PostgreSQL keeps the first look for the rest of the transaction.
            cursor.execute("SELECT pg_stat_clear_snapshot()")
            cursor.execute(waiting)
            return bool(cursor.fetchone()[0] >= number)

    wait_until(enough)


CHANGES: list[dict[str, Any]] = [{"name": "One"}, {"is_staff": True}]


@pytest.mark.parametrize("order", [1, -1])
def test_of_two_forms_of_one_version_exactly_one_is_saved(boss: Api, ayu: Api, order: int) -> None:
    assert ayu.user
    assert sorted(_both_save(boss, account(ayu), CHANGES[::order], ayu.user)) == [200, 412]
    assert boss.get(account(ayu))["ETag"] == '"2"'


@pytest.mark.parametrize("order", [1, -1])
def test_without_the_guard_both_are_saved(boss: Api, ayu: Api, order: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "require_version", lambda expected, version: None)
    assert ayu.user
    assert _both_save(boss, account(ayu), CHANGES[::order], ayu.user) == [200, 200]


def test_a_page_of_the_administration_that_is_old_saves_nothing(boss: Api, ayu: Api) -> None:
    assert boss.user
    assert ayu.user
    administration = Client()
    administration.force_login(boss.user)
    page = f"/admin/accounts/user/{ayu.user.id}/change/"
    assert 'name="shown_version" value="1"' in administration.get(page).content.decode()
    form = {"email": ayu.user.email, "name": "From the page", "is_active": "on", "shown_version": "1"}
    assert boss.call("PATCH", account(ayu), {"is_staff": True}, **{"If-Match": '"1"'}).status_code == 200
    refused = administration.post(page, form)
    assert "changed this account meanwhile" in refused.content.decode()
    kept = boss.get(account(ayu)).json()
    assert (kept["name"], kept["is_staff"], kept["version"]) == ("Ayu", True, 2)
    assert administration.post(page, form | {"shown_version": "2", "is_staff": "on"}).status_code == 302
    assert boss.get(account(ayu)).json()["version"] == 3, "open forms are old now"
