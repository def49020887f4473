"""Ordinary use, with duplicates and repeats at once, makes no statement fail in the database."""

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from devstack.deadlines import stretched
from django.db import connection
from django.db.backends.utils import CursorWrapper

from client.accounts.models import User
from client.bookings.models import Booking
from tests.api.conftest import PASSWORD, Api, caller
from tests.fake_ticket import Answer, FakeTicket

AT_ONCE = 8
KEY = {"Idempotency-Key": "key-1"}


@pytest.fixture(autouse=True)
def failed_statements(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Every statement that the database refuses is here; at the end there is none."""
    failed: list[str] = []
    execute = CursorWrapper.execute

    def watched(self: CursorWrapper, sql: Any, params: Any = None) -> Any:
        try:
            return execute(self, sql, params)
        except Exception as error:
            failed.append(f"{error}: {sql}")
            raise

    monkeypatch.setattr(CursorWrapper, "execute", watched)
    yield failed
    assert failed == []


def at_once(call: Callable[[Api, int], Any], api: Api) -> list[Any]:
    """Makes the call several times at the same moment, each in a thread with a connection of its own."""
    barrier = threading.Barrier(AT_ONCE, timeout=stretched(30))
    answers: list[Any] = []

    def run(number: int) -> None:
        own = Api(caller(), api.user, api.access, api.refresh)
        barrier.wait()
        answers.append(call(own, number))
        connection.close()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(AT_ONCE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=stretched(60))
    return answers


def statuses(answers: list[Any]) -> list[int]:
    return sorted(answer.status_code for answer in answers)


def test_registrations_of_one_address(anonymous: Api) -> None:
    def register(api: Api, number: int) -> Any:
        email = "dewi@example.com" if number % 2 else "Dewi@Example.com"
        return api.post("/auth/register", {"email": email, "password": PASSWORD, "name": f"Dewi {number}"})

    assert statuses(at_once(register, anonymous)) == [201] + [409] * (AT_ONCE - 1)
    assert User.objects.count() == 1


def test_accounts_that_change_to_one_address(sign_up: Callable[..., Api]) -> None:
    buyers = [sign_up(f"buyer{number}") for number in range(AT_ONCE)]

    def change(_: Api, number: int) -> Any:
        return buyers[number].patch("/users/me", {"email": "new@example.com", "current_password": PASSWORD})

    assert statuses(at_once(change, buyers[0])) == [200] + [409] * (AT_ONCE - 1)


def test_one_booking_that_is_asked_for_several_times(ayu: Api, ticket: FakeTicket) -> None:
    answers = at_once(lambda api, _: api.book(0, **KEY), ayu)
    assert set(statuses(answers)) <= {201, 409}
    assert Booking.objects.count() == 1
    assert len(ticket.calls("POST", "/api/v1/bookings")) == 1


def test_an_event_that_is_delivered_several_times(ayu: Api, ticket: FakeTicket, deliver: Callable[..., Any]) -> None:
    booking = ticket.bookings[ayu.book(0).json()["id"]] | {"status": "EXPIRED", "version": 3}
    answers = at_once(lambda _, number: deliver("booking.updated", booking, message_id=f"msg_{number // 2}"), ayu)
    assert statuses(answers) == [200] * AT_ONCE


def test_a_refresh_token_that_is_used_several_times(ayu: Api) -> None:
    answers = at_once(lambda api, _: api.post("/auth/token/refresh", {"refresh": ayu.refresh}), ayu)
    assert statuses(answers) == [200] * AT_ONCE
    assert len({answer.json()["refresh"] for answer in answers}) == 1


def test_a_booking_that_is_asked_for_again_after_a_lost_answer(ayu: Api, ticket: FakeTicket) -> None:
    ticket.script("POST", "/api/v1/bookings", Answer(0, drop=True))
    assert [ayu.book(0, **KEY).status_code for _ in range(2)] == [503, 503]
    assert Booking.objects.count() == 1
