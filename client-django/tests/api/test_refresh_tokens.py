"""A refresh token is spent by its use; a spent one that comes back ends its family (docs/adr/0027)."""

import threading
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from devstack.deadlines import stretched
from django.db import connection
from django.utils import timezone
from rest_framework_simplejwt.tokens import RefreshToken
from rest_framework_simplejwt.utils import get_md5_hash_password

from client.accounts.models import TokenFamily
from client.accounts.tokens import REPEAT_WINDOW
from client.worker.cleanup import delete_old_rows
from tests.api.conftest import PASSWORD, Api, assert_problem

LATER = REPEAT_WINDOW + timedelta(seconds=1)


def renew(api: Api, refresh: str) -> Any:
    return api.post("/auth/token/refresh", {"refresh": refresh})


def sign_in(api: Api) -> str:
    return str(api.post("/auth/token", {"email": "ayu@example.com", "password": PASSWORD}).json()["refresh"])


def test_a_refresh_token_gives_a_new_pair(ayu: Api, anonymous: Api) -> None:
    pair = renew(anonymous, ayu.refresh).json()
    assert set(pair) == {"access", "refresh"}
    assert Api(ayu.http, ayu.user, pair["access"]).get("/users/me").status_code == 200
    assert pair["refresh"] != ayu.refresh
    assert renew(anonymous, pair["refresh"]).status_code == 200


def test_a_spent_token_that_comes_back_ends_its_family(ayu: Api, anonymous: Api) -> None:
    """A thief copied the token and used it first; or the buyer did, and the thief comes later."""
    newest = renew(anonymous, ayu.refresh).json()["refresh"]
    with time_machine.travel(timezone.now() + LATER):
        assert_problem(renew(anonymous, ayu.refresh), 401, "unauthenticated")
        assert_problem(renew(anonymous, newest), 401, "unauthenticated")


def test_a_token_spent_long_before_ends_the_family_at_once(ayu: Api, anonymous: Api) -> None:
    second = renew(anonymous, ayu.refresh).json()["refresh"]
    third = renew(anonymous, second).json()["refresh"]
    assert_problem(renew(anonymous, ayu.refresh), 401, "unauthenticated")
    assert_problem(renew(anonymous, third), 401, "unauthenticated")


def test_another_sign_in_of_the_same_account_goes_on(ayu: Api, anonymous: Api) -> None:
    other = sign_in(anonymous)
    renew(anonymous, ayu.refresh)
    with time_machine.travel(timezone.now() + LATER):
        assert_problem(renew(anonymous, ayu.refresh), 401, "unauthenticated")
        assert renew(anonymous, other).status_code == 200


def test_a_lost_answer_signs_nobody_out(ayu: Api, anonymous: Api) -> None:
    first, second = renew(anonymous, ayu.refresh).json(), renew(anonymous, ayu.refresh).json()
    assert first["refresh"] == second["refresh"]
    assert Api(ayu.http, ayu.user, second["access"]).get("/users/me").status_code == 200
    with time_machine.travel(timezone.now() + LATER):
        assert renew(anonymous, second["refresh"]).status_code == 200


def test_two_uses_at_once_get_one_new_token(ayu: Api, anonymous: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    both_are_valid, answers = threading.Barrier(2), list[Any]()

    def meet(password: str) -> str:
        both_are_valid.wait(stretched(5))
        return get_md5_hash_password(password)

    def use() -> None:
        answers.append(renew(anonymous, ayu.refresh))
        connection.close()

    monkeypatch.setattr("client.accounts.tokens.get_md5_hash_password", meet)
    threads = [threading.Thread(target=use) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=stretched(10))
    assert [answer.status_code for answer in answers] == [200, 200]
    assert len({answer.json()["refresh"] for answer in answers}) == 1


def test_a_token_from_before_there_were_families_is_exchanged_once(ayu: Api, anonymous: Api) -> None:
    assert ayu.user
    old = str(RefreshToken.for_user(ayu.user))
    newest = renew(anonymous, old).json()["refresh"]
    assert_problem(renew(anonymous, old), 401, "unauthenticated")
    assert renew(anonymous, newest).status_code == 200


def test_a_token_that_the_previous_release_has_exchanged_is_spent(ayu: Api, anonymous: Api) -> None:
    RefreshToken(ayu.refresh).blacklist()  # type: ignore[arg-type]
    assert_problem(renew(anonymous, ayu.refresh), 401, "unauthenticated")


@pytest.mark.parametrize("days", [6, 8])
def test_a_family_is_deleted_when_its_newest_token_has_expired(ayu: Api, days: int) -> None:
    with time_machine.travel(timezone.now() + timedelta(days=days)):
        delete_old_rows()
    assert TokenFamily.objects.exists() is (days == 6)
