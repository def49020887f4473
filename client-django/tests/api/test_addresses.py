"""One rule for e-mail addresses in every call that takes one (contracts/email.json)."""

import importlib
import json
import logging
from collections.abc import Callable
from typing import Any

import pytest
from django.apps import apps
from django.test import Client

from client.accounts.models import User
from client.accounts.services import staff_ensure
from client.domain.errors import InvalidFieldError
from tests.api.conftest import PASSWORD, Api, assert_problem, of_the_administration
from tests.fake_ticket import FakeTicket
from tests.ticket_contract import CONTRACTS

EMAIL: dict[str, Any] = json.loads((CONTRACTS / "email.json").read_text())
VECTORS = EMAIL["vectors"]
SPELLINGS = [(group[0], other) for group in EMAIL["same"] for other in group[1:]]
MIGRATION = importlib.import_module("client.accounts.migrations.0003_addresses_have_one_form")


def register(anonymous: Api, staff: Api, email: str) -> Any:
    return anonymous.post("/auth/register", {"email": email, "password": PASSWORD, "name": "Citra"})


def staff_create(anonymous: Api, staff: Api, email: str) -> Any:
    return staff.post("/users", {"email": email, "password": PASSWORD, "name": "Citra"})


@pytest.mark.parametrize("vector", VECTORS, ids=[vector["name"] for vector in VECTORS])
@pytest.mark.parametrize("enter", [register, staff_create])
def test_a_new_account_has_the_address_that_the_contract_says(
    anonymous: Api, staff: Api, enter: Callable[..., Any], vector: dict[str, str]
) -> None:
    _check(enter(anonymous, staff, vector["input"]), vector, 201)
    stored = set(User.objects.filter(name="Citra").values_list("email", flat=True))
    assert stored == ({vector["stored"]} if vector["stored"] else set())


@pytest.mark.parametrize("vector", VECTORS, ids=[vector["name"] for vector in VECTORS])
@pytest.mark.parametrize("by", ["ayu", "staff"])
def test_a_changed_address_is_what_the_contract_says(ayu: Api, staff: Api, by: str, vector: dict[str, str]) -> None:
    assert ayu.user
    before, change = ayu.user.email, {"email": vector["input"]}
    response = ayu.patch("/users/me", change) if by == "ayu" else staff.patch(f"/users/{ayu.user.id}", change)
    _check(response, vector, 200)
    ayu.user.refresh_from_db()
    assert ayu.user.email == (vector["stored"] or before)


def _check(response: Any, vector: dict[str, str], status: int) -> None:
    if vector["stored"] is None:
        document = assert_problem(response, 422, "validation-error")
        assert {error["field"] for error in document["errors"]} == {"email"}
    else:
        assert (response.status_code, response.json()["email"]) == (status, vector["stored"])


@pytest.mark.parametrize("vector", of_the_administration(VECTORS), ids=lambda vector: vector["name"])
def test_the_administration_takes_the_same_addresses(staff: Api, ayu: Api, vector: dict[str, str]) -> None:
    assert staff.user
    assert ayu.user
    administration = Client()
    administration.force_login(staff.user)
    before = ayu.user.email
    new = {"email": vector["input"], "name": "Citra", "password1": PASSWORD, "password2": PASSWORD}
    added = administration.post("/admin/accounts/user/add/", new)
    assert added.status_code == (302 if vector["stored"] else 200)
    User.objects.filter(name="Citra").delete()
    changed = administration.post(
        f"/admin/accounts/user/{ayu.user.id}/change/",
        {"email": vector["input"], "name": "Ayu", "is_active": "on", "shown_version": "1"},
    )
    assert changed.status_code == (302 if vector["stored"] else 200)
    ayu.user.refresh_from_db()
    assert ayu.user.email == (vector["stored"] or before)


@pytest.mark.parametrize(("first", "other"), SPELLINGS, ids=ascii)
def test_two_spellings_of_an_address_are_one_account(anonymous: Api, staff: Api, first: str, other: str) -> None:
    assert register(anonymous, staff, first).status_code == 201
    assert_problem(register(anonymous, staff, other), 409, "email-taken")
    assert_problem(staff_create(anonymous, staff, other), 409, "email-taken")
    for spelling in (first, other):
        signed_in = anonymous.post("/auth/token", {"email": spelling, "password": PASSWORD})
        assert signed_in.status_code == 200, spelling


@pytest.mark.parametrize(
    "vector", [vector for vector in VECTORS if vector["stored"]], ids=lambda vector: vector["name"]
)
def test_who_can_register_signs_in_and_books_with_an_address_that_ticket_takes(
    anonymous: Api, ticket: FakeTicket, vector: dict[str, str]
) -> None:
    """Ticket runs the same vectors, so it accepts each stored address."""
    account = {"email": vector["input"], "password": PASSWORD}
    assert anonymous.post("/auth/register", {**account, "name": "Citra"}).status_code == 201
    anonymous.access = anonymous.post("/auth/token", account).json()["access"]
    assert anonymous.book(0).status_code == 201
    (sent_address,) = [call.body["customer"]["email"] for call in ticket.calls("POST", "/api/v1/bookings")]
    assert sent_address == vector["stored"]


def test_the_first_member_of_staff_needs_a_usable_address() -> None:
    with pytest.raises(InvalidFieldError, match="e-mail address"):
        staff_ensure(email='"staff@home"@example.com', password=PASSWORD)
    user, made = staff_ensure(email="staff@MÜNCHEN.de", password=PASSWORD)
    assert (user.email, made) == ("staff@xn--mnchen-3ya.de", True)
    assert staff_ensure(email="staff@münchen.de", password=PASSWORD) == (user, False)


def test_older_addresses_get_their_form_and_those_that_cannot_are_named(
    anonymous: Api, ayu: Api, caplog: pytest.LogCaptureFixture
) -> None:
    assert ayu.user
    password = ayu.user.password
    old = ["x@MÜNCHEN.de", "x@münchen.de", '"ana@home"@example.com', "Ben@Example.com"]
    first, second, quoted, plain = (User.objects.create(email=email, name="Old", password=password) for email in old)
    with caplog.at_level(logging.WARNING, "client.migrations"):
        MIGRATION.give_addresses_one_form(apps, None)
    assert [User.objects.get(id=user.id).email for user in (first, second, quoted, plain)] == [
        "x@xn--mnchen-3ya.de", "x@münchen.de", '"ana@home"@example.com', "Ben@example.com",
    ]  # fmt: skip
    named = [record.getMessage() for record in caplog.records]
    assert len(named) == 2
    assert str(first.id) in named[0]
    assert str(second.id) in named[0]
    assert str(quoted.id) in named[1]
    # The owners of the named accounts can still sign in with what they type.
    found = [User.objects.get_by_natural_key(email) for email in (*old[1:], "x@xn--mnchen-3ya.de", "X@MÜNCHEN.DE")]
    assert found == [second, quoted, plain, first, second]
