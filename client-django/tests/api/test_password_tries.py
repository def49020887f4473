"""Passwords cannot be guessed, and neither the victim nor the dashboard is locked out."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg2
import pytest
import time_machine
from django.contrib.auth import hashers
from django.db import connection
from servicekit.viewer_address import viewer_headers

from client.edge import password_tries
from client.edge.models import KnownAddress, ThrottleWindow
from client.worker.cleanup import ADDRESSES_KEPT, delete_old_rows
from tests.api.conftest import PASSWORD, Api, assert_problem, caller, database_url
from tests.conftest import VIEWER_SECRETS
from tests.processes import wait_until

TOKEN = "/api/v1/auth/token"
HOME, OFFICE, ATTACKER = "203.0.113.10", "203.0.113.20", "198.51.100.66"


def sign_in(email: str, password: str = PASSWORD, *, viewer: str = HOME, secret: str = VIEWER_SECRETS[0]) -> Any:
    """Signs in as the dashboard does for this viewer."""
    headers = viewer_headers(secret, viewer, "POST", TOKEN, datetime.now(UTC)) if viewer else {}
    return Api(caller()).post("/auth/token", {"email": email, "password": password}, **headers)


def guess(email: str, number: int, *, viewer: str = ATTACKER) -> Any:
    return sign_in(email, f"guess-{number}", viewer=viewer)


def admin_sign_in(email: str, password: str, *, viewer: str = "") -> Any:
    headers = viewer_headers(VIEWER_SECRETS[0], viewer, "POST", "/admin/login/", datetime.now(UTC)) if viewer else {}
    return caller().post("/admin/login/", {"username": email, "password": password}, headers=headers)


@pytest.fixture(autouse=True)
def one_minute() -> Iterator[Any]:
    with time_machine.travel("2026-11-26T10:00:10Z", tick=False) as clock:
        yield clock


@pytest.fixture
def hashed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every password that was hashed, to compare it or to spend the same time for an unknown account."""
    passwords: list[str] = []
    kind = type(hashers.get_hasher())
    encode = kind.encode

    def counted(self: Any, password: str, salt: str) -> str:
        passwords.append(password)
        return str(encode(self, password, salt))

    monkeypatch.setattr(kind, "encode", counted)
    return passwords


def test_sixty_wrong_passwords_in_a_row_are_not_looked_at(ayu: Api, hashed: list[str]) -> None:
    answers = [guess("ayu@example.com", number) for number in range(60)]
    assert [answer.status_code for answer in answers] == [401] * 10 + [429] * 50
    assert len(hashed) == 10
    refused = answers[-1]
    assert_problem(refused, 429, "too-many-requests")
    assert refused["Retry-After"] == "50"
    # Not even the right one is: nobody learns by it whether it was right.
    assert_problem(sign_in("ayu@example.com", viewer=ATTACKER), 429, "too-many-requests")
    assert len(hashed) == 10


def test_wrong_passwords_of_the_administration_are_slowed_too(staff: Api, hashed: list[str]) -> None:
    answers = [admin_sign_in("staff@example.com", f"guess-{number}") for number in range(60)]
    assert [answer.status_code for answer in answers] == [200] * 10 + [429] * 50
    assert len(hashed) == 10
    assert answers[-1]["Retry-After"] == "50"
    assert b"Please try again in 50 seconds." in answers[-1].content
    assert admin_sign_in("staff@example.com", PASSWORD).status_code == 429
    # The API and the administration count together.
    assert_problem(sign_in("staff@example.com", viewer="127.0.0.1"), 429, "too-many-requests")


def test_staff_sign_in_to_the_administration(staff: Api, ayu: Api) -> None:
    assert admin_sign_in("staff@example.com", PASSWORD).status_code == 302
    assert admin_sign_in("", "").status_code == 200
    # Who is no staff is told nothing, so a right password counts like a wrong one.
    assert [admin_sign_in("ayu@example.com", PASSWORD).status_code for _ in range(11)] == [200] * 10 + [429]


def test_tries_at_the_same_time_do_not_get_past_the_limit_together(ayu: Api, hashed: list[str]) -> None:
    def attack(number: int) -> int:
        try:
            return int(guess("ayu@example.com", number).status_code)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as threads:
        statuses = list(threads.map(attack, range(40)))
    assert len(hashed) <= 10
    assert sorted(set(statuses)) == [401, 429]


def test_of_two_tries_for_the_last_place_one_is_refused(ayu: Api, hashed: list[str]) -> None:
    """The second looked at the counts before the first was committed."""
    for number in range(9):
        guess("ayu@example.com", number)
    hashed.clear()
    windows = password_tries._windows("ayu@example.com", ATTACKER, time.time(), is_known=False)
    statuses: list[int] = []

    def second() -> None:
        statuses.append(guess("ayu@example.com", 9).status_code)
        connection.close()

    first = psycopg2.connect(database_url())
    with first, first.cursor() as cursor:
        cursor.execute("UPDATE api_throttlewindow SET count = 10 WHERE key = %s", [windows[0].key])
        thread = threading.Thread(target=second)
        thread.start()
        wait_until(waits_for_a_lock)
    thread.join()
    first.close()
    assert (statuses, hashed) == ([429], [])
    # What the refused try has counted elsewhere was given back.
    counts = ThrottleWindow.objects.filter(key__in=[each.key for each in windows])
    assert sorted(counts.values_list("count", flat=True)) == [9, 9, 9, 10]


def waits_for_a_lock() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
        return bool(cursor.fetchone()[0])


def test_one_password_for_many_accounts_is_stopped_by_the_address(
    sign_up: Callable[..., Api], hashed: list[str]
) -> None:
    for number in range(3):
        sign_up(f"person{number}")
    hashed.clear()
    statuses = [guess(f"person{number}@example.com", 0).status_code for number in range(80)]
    assert statuses == [401] * 30 + [429] * 50
    assert len(hashed) == 30


def test_an_address_that_counts_is_the_64_of_ipv6(ayu: Api) -> None:
    statuses = [guess("ayu@example.com", n, viewer=f"2001:db8:1:2::{n + 1:x}").status_code for n in range(12)]
    assert statuses == [401] * 10 + [429] * 2


def test_a_victim_signs_in_from_where_they_signed_in_before(ayu: Api, setting: Callable[..., None]) -> None:
    setting(failed_sign_ins_per_account="20/h", failed_sign_ins_in_all="25/min")
    assert sign_in("ayu@example.com", viewer=HOME).status_code == 200
    for number in range(30):
        guess("ayu@example.com", number, viewer=f"198.51.100.{number}")
    assert_problem(guess("ayu@example.com", 99, viewer="198.51.100.200"), 429, "too-many-requests")
    assert sign_in("ayu@example.com", viewer=HOME).status_code == 200
    refused = sign_in("ayu@example.com", viewer=OFFICE)
    assert_problem(refused, 429, "too-many-requests")
    assert int(refused["Retry-After"]) > 3000


def test_failures_in_all_stop_only_addresses_that_are_new_to_the_account(
    ayu: Api, bima: Api, setting: Callable[..., None]
) -> None:
    setting(failed_sign_ins_in_all="25/min")
    assert sign_in("ayu@example.com", viewer=HOME).status_code == 200
    statuses = [guess(f"nobody{n}@example.com", n, viewer=f"198.51.100.{n}").status_code for n in range(26)]
    assert statuses == [401] * 25 + [429]
    assert sign_in("ayu@example.com", viewer=HOME).status_code == 200
    assert_problem(sign_in("bima@example.com", viewer=HOME), 429, "too-many-requests")


def test_who_registers_is_known_where_they_registered(anonymous: Api, setting: Callable[..., None]) -> None:
    setting(failed_sign_ins_per_account="1/h")
    new = {"email": "new@example.com", "password": PASSWORD, "name": "New"}
    headers = viewer_headers(VIEWER_SECRETS[0], HOME, "POST", "/api/v1/auth/register", datetime.now(UTC))
    assert anonymous.post("/auth/register", new, **headers).status_code == 201
    assert [guess("new@example.com", n).status_code for n in range(2)] == [401, 429]
    assert sign_in("new@example.com", viewer=HOME).status_code == 200


def test_the_dashboards_one_address_is_not_locked_out(ayu: Api, bima: Api) -> None:
    for number in range(40):
        guess(f"nobody{number}@example.com", number)
    assert sign_in("bima@example.com", viewer=HOME).status_code == 200
    # Without a signature that is good, the address is the dashboard's own, whatever the header says.
    for number in range(40):
        sign_in(f"other{number}@example.com", "wrong", viewer=HOME, secret="whsec_" + "A" * 43 + "=")
    assert sign_in("ayu@example.com", viewer=HOME).status_code == 200
    assert_problem(sign_in("bima@example.com", viewer=""), 429, "too-many-requests")


def test_sign_ins_that_succeed_count_for_nothing(ayu: Api) -> None:
    assert {sign_in("ayu@example.com").status_code for _ in range(40)} == {200}
    assert list(ThrottleWindow.objects.filter(key__startswith="password:").values_list("count", flat=True)) == [0] * 4


def test_known_and_unknown_accounts_look_alike(ayu: Api, hashed: list[str]) -> None:
    """Status, problem and headers agree, one by one; so does the number of hashes."""

    def seen(email: str, viewer: str) -> tuple[list[Any], int]:
        hashed.clear()
        answers = [guess(email, number, viewer=viewer) for number in range(15)]
        documents = [(a.status_code, a.json()["type"], a.json()["detail"], a.get("Retry-After")) for a in answers]
        return documents, len(hashed)

    assert seen("ayu@example.com", ATTACKER) == seen("nobody@example.com", OFFICE)


def test_other_spellings_give_no_further_tries(ayu: Api) -> None:
    spellings = ["ayu@example.com", "AYU@example.com", " ayu@EXAMPLE.com"]
    statuses = [guess(spellings[number % 3], number).status_code for number in range(12)]
    assert statuses == [401] * 10 + [429] * 2


def test_the_present_password_cannot_be_guessed_with_a_stolen_token(ayu: Api, hashed: list[str]) -> None:
    change = {"password": "another-good-password"}
    statuses = [
        ayu.patch("/users/me", change | {"current_password": f"guess-{number}"}).status_code for number in range(12)
    ]
    assert statuses == [422] * 10 + [429] * 2
    assert len(hashed) == 10


def test_the_limits_end_with_their_time(ayu: Api, one_minute: Any) -> None:
    for number in range(11):
        guess("ayu@example.com", number)
    one_minute.move_to("2026-11-26T10:01:00Z")
    assert sign_in("ayu@example.com", viewer=ATTACKER).status_code == 200


def test_a_window_goes_on_for_a_process_whose_clock_is_late(ayu: Api, one_minute: Any) -> None:
    statuses = [guess("ayu@example.com", number).status_code for number in range(5)]
    one_minute.move_to("2026-11-26T09:59:59Z")
    statuses += [guess("ayu@example.com", number).status_code for number in range(5, 11)]
    assert statuses == [401] * 10 + [429]


def test_one_address_creates_a_bounded_number_of_accounts(anonymous: Api, setting: Callable[..., None]) -> None:
    setting(throttle_register="3/h")
    bodies = [{"email": f"new{n}@example.com", "password": PASSWORD, "name": "New"} for n in range(5)]

    def register(body: dict[str, str], viewer: str) -> Any:
        headers = viewer_headers(VIEWER_SECRETS[0], viewer, "POST", "/api/v1/auth/register", datetime.now(UTC))
        return anonymous.post("/auth/register", body, **headers)

    statuses = [register(body, ATTACKER).status_code for body in bodies[:4]]
    assert statuses == [201, 201, 201, 429]
    assert register(bodies[4], HOME).status_code == 201


def test_counters_and_addresses_are_deleted_when_they_are_old(ayu: Api, one_minute: Any) -> None:
    sign_in("ayu@example.com")
    guess("ayu@example.com", 1)
    one_minute.shift(timedelta(hours=3))
    sign_in("ayu@example.com")
    delete_old_rows()
    assert set(ThrottleWindow.objects.values_list("window", flat=True)) == {
        int(datetime(2026, 11, 26, 13, tzinfo=UTC).timestamp())
    }
    assert KnownAddress.objects.count() == 1
    one_minute.shift(timedelta(days=2))
    sign_in("ayu@example.com")
    one_minute.shift(ADDRESSES_KEPT - timedelta(days=1))
    delete_old_rows()
    assert KnownAddress.objects.count() == 1
    one_minute.shift(timedelta(days=2))
    delete_old_rows()
    assert not KnownAddress.objects.exists()


def test_neither_addresses_nor_accounts_are_stored(ayu: Api) -> None:
    sign_in("ayu@example.com")
    guess("ayu@example.com", 1)
    stored = [
        *ThrottleWindow.objects.values_list("key", flat=True),
        *KnownAddress.objects.values_list("key", flat=True),
    ]
    assert not [key for key in stored if "ayu" in key or HOME in key or ATTACKER in key]


def test_counting_is_what_slows(ayu: Api, hashed: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: without the count, every password is looked at."""
    monkeypatch.setattr(password_tries, "_count", lambda windows, now: None)
    assert {guess("ayu@example.com", number).status_code for number in range(60)} == {401}
    assert len(hashed) == 60
