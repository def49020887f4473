"""Accounts: creation, sign-in, the own account, staff's changes, and the end of tokens."""

from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from uuid import uuid4

import jwt
import pytest
import time_machine
from django.conf import settings
from django.utils import timezone

from client.accounts.models import User
from client.bookings.models import Booking
from tests.api.conftest import PASSWORD, Api, assert_problem

NEW = {"email": "Citra@Example.com", "password": PASSWORD, "name": "Citra"}


def sign_in(api: Api, email: str, password: str = PASSWORD) -> Api:
    pair = api.post("/auth/token", {"email": email, "password": password}).json()
    return Api(api.http, User.objects.get_by_natural_key(email), pair["access"], pair["refresh"])


def test_a_new_account_can_sign_in_whatever_the_capitals_of_its_address(anonymous: Api) -> None:
    response = anonymous.post("/auth/register", NEW)
    assert response.status_code == 201
    assert set(response.json()) == {"id", "version", "email", "name", "is_staff", "is_active", "created_at"}
    me = sign_in(anonymous, "citra@example.COM").get("/users/me").json()
    assert (me["name"], me["is_staff"]) == ("Citra", False)


def test_an_address_has_one_account_whatever_its_capitals(anonymous: Api) -> None:
    anonymous.post("/auth/register", NEW)
    assert_problem(anonymous.post("/auth/register", NEW | {"email": "CITRA@example.com"}), 409, "email-taken")
    assert User.objects.count() == 1


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"password": "short"}, "password"),
        ({"password": "password"}, "password"),
        ({"password": "90172635490172"}, "password"),
        ({"password": "citra@example.com"}, "password"),
        ({"password": "x" * 129}, "password"),
        ({"password": "\ud800" * 12}, "password"),
        ({"password": "with\x00zero-byte"}, "password"),
        ({"password": None}, "password"),
        ({"email": "citra"}, "email"),
        ({"email": f"{'x' * 300}@example.com"}, "email"),
        ({"email": "a\x00@example.com"}, "email"),
        ({"name": ""}, "name"),
        ({"name": "x" * 121}, "name"),
        ({"name": "\ud83d"}, "name"),
        ({"name": ["Citra"]}, "name"),
        ({"name": "Ci\ttra"}, "name"),
        ({"is_staff": True}, "is_staff"),
    ],
)
def test_a_wrong_registration_names_its_field_and_makes_nothing(
    anonymous: Api, change: dict[str, object], field: str
) -> None:
    document = assert_problem(anonymous.post("/auth/register", NEW | change), 422, "validation-error")
    assert {error["field"] for error in document["errors"]} == {field}
    assert not User.objects.exists()


@pytest.mark.parametrize(
    ("email", "password"), [("ayu@example.com", "wrong-password"), ("nobody@example.com", PASSWORD)]
)
def test_wrong_credentials_do_not_say_what_is_wrong(ayu: Api, anonymous: Api, email: str, password: str) -> None:
    response = anonymous.post("/auth/token", {"email": email, "password": password})
    document = assert_problem(response, 401, "unauthenticated")
    assert document["detail"] == "No active account has this e-mail address and password."
    assert response["WWW-Authenticate"].startswith("Bearer")


def test_an_access_token_does_not_refresh_and_a_refresh_token_opens_nothing(ayu: Api, anonymous: Api) -> None:
    assert_problem(anonymous.post("/auth/token/refresh", {"refresh": ayu.access}), 401, "unauthenticated")
    assert_problem(Api(ayu.http, None, ayu.refresh).get("/users/me"), 401, "unauthenticated")


def _forged(api: Api, **claims: object) -> str:
    payload = jwt.decode(api.access, settings.SECRET_KEY, algorithms=["HS256"], issuer="client-django")
    return jwt.encode(payload | claims, settings.SECRET_KEY, algorithm="HS256")


def test_tampered_foreign_and_strange_tokens_are_refused(ayu: Api, bima: Api) -> None:
    payload = jwt.decode(ayu.access, options={"verify_signature": False})
    head, body, signature = ayu.access.split(".")
    tokens = [
        "x", "a.b.c", f"{head}.{body}.", f"{head}.{bima.access.split('.')[1]}.{signature}", "ü",
        jwt.encode(payload, "another-secret-key-of-another-service-altogether-0001", algorithm="HS256"),
        jwt.encode(payload, "", algorithm="none"),
        _forged(ayu, iss="someone-else"), _forged(ayu, user_id=str(uuid4())), _forged(ayu, user_id="me"),
        _forged(ayu, user_id=None), _forged(ayu, exp=1),
    ]  # fmt: skip
    for token in tokens:
        assert_problem(Api(ayu.http, None, token).get("/users/me"), 401, "unauthenticated")
    assert_problem(ayu.get("/users/me", Authorization="Bearer one two"), 401, "unauthenticated")


def test_an_access_token_ends_after_fifteen_minutes_and_a_refresh_token_after_a_week(ayu: Api, anonymous: Api) -> None:
    with time_machine.travel(timezone.now() + timedelta(minutes=14), tick=False):
        assert ayu.get("/users/me").status_code == 200
    with time_machine.travel(timezone.now() + timedelta(minutes=16), tick=False):
        assert_problem(ayu.get("/users/me"), 401, "unauthenticated")
    with time_machine.travel(timezone.now() + timedelta(days=7, minutes=1), tick=False):
        assert_problem(anonymous.post("/auth/token/refresh", {"refresh": ayu.refresh}), 401, "unauthenticated")


def test_a_changed_password_ends_the_tokens_made_under_the_old_one(ayu: Api, anonymous: Api) -> None:
    change = {"password": "another-gamelan-night", "current_password": PASSWORD}
    assert ayu.patch("/users/me", change).status_code == 200
    assert_problem(ayu.get("/users/me"), 401, "unauthenticated")
    assert_problem(anonymous.post("/auth/token/refresh", {"refresh": ayu.refresh}), 401, "unauthenticated")
    assert sign_in(anonymous, "ayu@example.com", "another-gamelan-night").get("/users/me").status_code == 200


@pytest.mark.parametrize("current", [{}, {"current_password": "not-this-one"}])
def test_a_password_is_not_changed_without_the_current_one(ayu: Api, current: dict[str, str]) -> None:
    response = ayu.patch("/users/me", {"password": "another-gamelan-night", **current})
    document = assert_problem(response, 422, "validation-error")
    assert document["errors"][0]["field"] == "current_password"
    assert ayu.get("/users/me").status_code == 200


def test_a_user_changes_their_own_name_and_address(ayu: Api, bima: Api) -> None:
    changed = ayu.patch("/users/me", {"name": "Ayu Lestari", "email": "ayu.lestari@example.com"}).json()
    assert (changed["name"], changed["email"]) == ("Ayu Lestari", "ayu.lestari@example.com")
    assert_problem(ayu.patch("/users/me", {"email": "BIMA@example.com"}), 409, "email-taken")
    assert_problem(ayu.patch("/users/me", {"is_staff": True}), 422, "validation-error")


def test_a_closed_account_is_anonymous_its_tokens_end_and_its_history_stays(ayu: Api, anonymous: Api) -> None:
    booking_id = ayu.book(0).json()["id"]
    assert ayu.delete("/users/me").status_code == 204
    assert_problem(ayu.get("/users/me"), 401, "unauthenticated")
    assert_problem(anonymous.post("/auth/token/refresh", {"refresh": ayu.refresh}), 401, "unauthenticated")
    response = anonymous.post("/auth/token", {"email": "ayu@example.com", "password": PASSWORD})
    assert_problem(response, 401, "unauthenticated")
    user = Booking.objects.select_related("user").get(id=booking_id).user
    assert (user.is_active, user.name) == (False, "Deleted user")
    assert "ayu" not in user.email
    assert anonymous.post("/auth/register", NEW | {"email": "ayu@example.com"}).status_code == 201


def test_staff_manage_users(staff: Api, anonymous: Api) -> None:
    made = staff.post("/users", NEW | {"is_staff": False}).json()
    path = f"/users/{made['id']}"
    assert staff.get(path).json()["email"] == "Citra@example.com"
    assert staff.patch(path, {"name": "Citra Dewi", "is_staff": True}).json()["is_staff"] is True
    assert len(staff.get("/users?email=citra").json()["items"]) == 1
    assert len(staff.get("/users?is_staff=true").json()["items"]) == 2
    assert staff.delete(path).status_code == 204
    assert staff.get(path).json()["is_active"] is False
    assert_problem(anonymous.post("/auth/token", {"email": NEW["email"], "password": PASSWORD}), 401, "unauthenticated")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/users"),
        ("POST", "/users"),
        ("GET", "/users/{id}"),
        ("PATCH", "/users/{id}"),
        ("DELETE", "/users/{id}"),
    ],
)
def test_users_are_for_staff_only(ayu: Api, bima: Api, anonymous: Api, method: str, path: str) -> None:
    assert bima.user
    path = path.format(id=bima.user.id)
    assert_problem(ayu.call(method, path, {"name": "x"}), 403, "forbidden")
    assert_problem(anonymous.call(method, path, {"name": "x"}), 401, "unauthenticated")
    bima.user.refresh_from_db()
    assert bima.user.name == "Bima"


def test_staff_cannot_take_away_their_own_access(staff: Api) -> None:
    assert staff.user
    path = f"/users/{staff.user.id}"
    assert_problem(staff.patch(path, {"is_staff": False}), 403, "forbidden")
    assert_problem(staff.patch(path, {"is_active": False}), 403, "forbidden")
    assert_problem(staff.delete(path), 403, "forbidden")
    assert staff.get("/users/me").json()["is_staff"] is True


def test_an_unknown_user_is_not_found(staff: Api) -> None:
    for method in ("GET", "PATCH", "DELETE"):
        assert_problem(staff.call(method, f"/users/{uuid4()}", {}), 404, "not-found")


def test_a_staff_member_who_is_demoted_loses_the_staff_calls_at_once(staff: Api, sign_up: Callable[..., Api]) -> None:
    other = sign_up("other", is_staff=True)
    assert other.user
    assert other.get("/users").status_code == 200
    staff.patch(f"/users/{other.user.id}", {"is_staff": False})
    assert_problem(other.get("/users"), 403, "forbidden")


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/auth/token", {"email": "ayu@example.com", "password": "wrong"}),
        ("/auth/register", NEW),
        ("/auth/token/refresh", {"refresh": "x"}),
    ],
)
def test_authentication_is_throttled_per_caller_and_account(
    anonymous: Api, setting: Callable[..., None], path: str, body: dict[str, str]
) -> None:
    setting(throttle_auth="3/min")
    with time_machine.travel("2026-11-23T10:00:10Z", tick=False):
        for _ in range(3):
            assert anonymous.post(path, body).status_code != 429
        response = anonymous.post(path, body)
        assert_problem(response, 429, "too-many-requests")
        assert response["Retry-After"] == "50"
        other = {name: f"other.{value}" for name, value in body.items()}
        assert anonymous.post(path, other).status_code != 429
    with time_machine.travel("2026-11-23T10:01:00Z", tick=False):
        assert anonymous.post(path, body).status_code != 429


def test_bookings_are_throttled_per_user(ayu: Api, bima: Api, setting: Callable[..., None]) -> None:
    setting(throttle_booking="2/h")
    assert [ayu.book(seat).status_code for seat in range(3)] == [201, 201, 429]
    assert bima.book(3).status_code == 201
    assert ayu.get("/bookings").status_code == 200


def test_the_first_staff_account_is_made_once(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from django.core.management import CommandError, call_command

    monkeypatch.setenv("STAFF_EMAIL", "staff@example.com")
    monkeypatch.setenv("STAFF_PASSWORD", "staff-password-2026")
    said = StringIO()
    call_command("bootstrap_staff", "--migrate", stdout=said)
    assert "Running migrations" in said.getvalue()
    call_command("bootstrap_staff")
    assert User.objects.get().is_staff
    monkeypatch.setenv("STAFF_PASSWORD", "")
    with pytest.raises(CommandError, match="STAFF_EMAIL and STAFF_PASSWORD have to be set"):
        call_command("bootstrap_staff")


def test_a_token_that_was_right_a_moment_ago_expires_all_the_same(ayu: Api) -> None:
    """Its signature is not checked again, its age is."""
    assert ayu.get("/users/me").status_code == 200
    with time_machine.travel(timezone.now() + timedelta(minutes=16)):
        assert_problem(ayu.get("/users/me"), 401, "unauthenticated")
        assert_problem(ayu.book(0), 401, "unauthenticated")
