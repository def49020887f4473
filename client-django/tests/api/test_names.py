"""A person's name has one line, in every call that takes one (contracts/text.json)."""

import json
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from client.accounts.models import User
from client.notifications.kinds import NotificationKind
from client.notifications.models import EmailState, Notification
from client.worker.emails import emails_send_due
from tests.api.conftest import PASSWORD, SEATS, Api, assert_problem, of_the_administration
from tests.fake_ticket import FakeTicket
from tests.ticket_contract import CONTRACTS

CONTRACT = json.loads((CONTRACTS / "text.json").read_text())
LONGEST = CONTRACT["fields"]["user.name"]["max_length"]
VECTORS = [
    *CONTRACT["one_line"],
    {"name": "the longest", "input": "x" * LONGEST, "stored": "x" * LONGEST},
    {"name": "the longest, with space around it", "input": f" {'é' * LONGEST}\n", "stored": "é" * LONGEST},
    {"name": "too long", "input": "x" * (LONGEST + 1), "stored": None},
]
WHOLE = [vector for vector in CONTRACT["on_one_line"] if vector["longest"] is None and "\0" not in vector["input"]]
EMAIL = "citra@example.com"


def register(anonymous: Api, staff: Api, name: str) -> Any:
    return anonymous.post("/auth/register", {"email": EMAIL, "password": PASSWORD, "name": name})


def staff_create(anonymous: Api, staff: Api, name: str) -> Any:
    return staff.post("/users", {"email": EMAIL, "password": PASSWORD, "name": name})


@pytest.mark.parametrize("vector", VECTORS, ids=[vector["name"] for vector in VECTORS])
@pytest.mark.parametrize("enter", [register, staff_create])
def test_a_new_account_has_the_name_that_the_contract_says(
    anonymous: Api, staff: Api, enter: Callable[..., Any], vector: dict[str, str]
) -> None:
    response = enter(anonymous, staff, vector["input"])
    _check(response, vector, 201)
    assert User.objects.filter(email=EMAIL).exists() == (vector["stored"] is not None)


@pytest.mark.parametrize("vector", VECTORS, ids=[vector["name"] for vector in VECTORS])
@pytest.mark.parametrize("by", ["ayu", "staff"])
def test_a_changed_name_is_what_the_contract_says(ayu: Api, staff: Api, by: str, vector: dict[str, str]) -> None:
    assert ayu.user
    change = {"name": vector["input"]}
    response = ayu.patch("/users/me", change) if by == "ayu" else staff.patch(f"/users/{ayu.user.id}", change)
    _check(response, vector, 200)
    ayu.user.refresh_from_db()
    assert ayu.user.name == (vector["stored"] or "Ayu")


def _check(response: Any, vector: dict[str, str], status: int) -> None:
    if vector["stored"] is None:
        document = assert_problem(response, 422, "validation-error")
        assert {error["field"] for error in document["errors"]} == {"name"}
    else:
        assert (response.status_code, response.json()["name"]) == (status, vector["stored"])


@pytest.mark.parametrize("vector", of_the_administration(VECTORS), ids=lambda vector: vector["name"])
def test_the_administration_takes_the_same_names(staff: Api, ayu: Api, vector: dict[str, str]) -> None:
    assert staff.user
    assert ayu.user
    administration = Client()
    administration.force_login(staff.user)
    new = {"email": EMAIL, "name": vector["input"], "password1": PASSWORD, "password2": PASSWORD}
    answers = [
        administration.post("/admin/accounts/user/add/", new),
        administration.post(
            f"/admin/accounts/user/{ayu.user.id}/change/",
            {"email": ayu.user.email, "name": vector["input"], "is_active": "on", "shown_version": "1"},
        ),
    ]
    assert [answer.status_code for answer in answers] == ([302, 302] if vector["stored"] else [200, 200])
    names = set(User.objects.exclude(id=staff.user.id).values_list("name", flat=True))
    assert names == {vector["stored"] or "Ayu"}


@pytest.mark.parametrize(
    ("old", "sent_name"),
    [("Ayu\x85Lestari", "Ayu Lestari"), ("Ayu\nLestari\u2028 ", "Ayu Lestari"), ("\x1b", "Guest"), ("Ayu", "Ayu")],
)
def test_an_older_account_with_another_name_can_still_book_and_queue(
    ayu: Api, ticket: FakeTicket, old: str, sent_name: str
) -> None:
    User.objects.update(name=old)
    assert ayu.book(0).status_code == 201
    assert ayu.post("/waitlist", {"seat_id": SEATS[0]}).status_code == 201
    customers = [ticket.calls("POST", f"/api/v1/{path}")[0].body["customer"] for path in ("bookings", "waitlist")]
    assert [customer["name"] for customer in customers] == [sent_name, sent_name]
    assert {UUID(customer["id"]) for customer in customers} == {User.objects.get().id}


@pytest.mark.parametrize("vector", WHOLE, ids=[vector["name"] for vector in WHOLE])
def test_the_subject_of_a_mail_is_put_on_one_line(ayu: Api, settings: Any, vector: dict[str, Any]) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    mail.outbox = []
    assert ayu.user
    now = timezone.now()
    # Older releases composed these titles from names that are refused today.
    Notification.objects.create(
        user=ayu.user, cause=vector["name"], kind=NotificationKind.BOOKING_EXPIRED, title=vector["input"],
        body="", created_at=now, email_state=EmailState.PENDING, email_due_at=now,
    )  # fmt: skip
    assert emails_send_due() == 1
    assert mail.outbox[0].subject == vector["text"]
