"""Limits how often passwords may be guessed, over all processes and replicas (docs/adr/0030).

A try is counted before the password is looked at, so that tries at the same time cannot get past a limit together and
a refused try costs no hash. A try that succeeds is given back: only failures count.
"""

import math
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

from django.db import connection
from django.http import HttpRequest
from django.utils import timezone
from rest_framework.exceptions import Throttled
from rest_framework.request import Request
from servicekit.emails import email_key

from client.edge.models import KnownAddress
from client.edge.throttles import parse_rate
from client.edge.viewers import opaque, viewer_address
from config.env import environment

# Counts one more in every window, or in none if one of them is full; returns those that are full. A window that began
# later, by the clock of another process, goes on. Rows are locked in the order of their place, the one of all tries
# last. Of two tries at once for the last place, the second finds the count above the limit.
COUNT = """
    WITH asked AS (
        SELECT * FROM unnest(%(keys)s::text[], %(windows)s::bigint[], %(most)s::int[])
            WITH ORDINALITY AS asked (key, "window", most, place)
    ),
    is_full AS (
        SELECT asked.key FROM asked JOIN api_throttlewindow AS kept ON kept.key = asked.key
        WHERE kept."window" >= asked."window" AND kept.count >= asked.most
    ),
    counted AS (
        INSERT INTO api_throttlewindow AS kept (key, "window", count)
        SELECT key, "window", 1 FROM asked WHERE NOT EXISTS (SELECT FROM is_full) ORDER BY place
        ON CONFLICT (key) DO UPDATE SET
            count = CASE WHEN kept."window" >= excluded."window" THEN kept.count + 1 ELSE 1 END,
            "window" = greatest(kept."window", excluded."window")
        RETURNING key, count
    )
    SELECT key, false AS is_counted FROM is_full
    UNION ALL
    SELECT counted.key, true FROM counted JOIN asked ON asked.key = counted.key WHERE counted.count > asked.most
"""
GIVE_BACK = """
    WITH asked AS (
        SELECT * FROM unnest(%(keys)s::text[], %(windows)s::bigint[])
            WITH ORDINALITY AS asked (key, "window", place)
    ),
    kept AS (
        SELECT kept.key FROM asked JOIN api_throttlewindow AS kept ON kept.key = asked.key
        WHERE kept."window" = asked."window" AND kept.count > 0 ORDER BY asked.place FOR UPDATE OF kept
    )
    UPDATE api_throttlewindow SET count = count - 1 FROM kept WHERE api_throttlewindow.key = kept.key
"""
# The last sign-in is recorded to the day, so that people who sign in often cost one write a day.
REMEMBER = """
    INSERT INTO api_knownaddress AS known (key, seen_at) VALUES (%(key)s, %(now)s)
    ON CONFLICT (key) DO UPDATE SET seen_at = excluded.seen_at WHERE known.seen_at < %(yesterday)s
"""


class TooManyTriesError(Throttled):
    """Too many passwords were wrong; `seconds` later the next may be tried."""

    default_detail = "Too many passwords were wrong."
    extra_detail_singular = "Please try again in {wait} second."
    extra_detail_plural = "Please try again in {wait} seconds."

    def __init__(self, wait: float) -> None:
        super().__init__(wait)
        self.seconds = math.ceil(wait)


@dataclass(frozen=True, slots=True)
class _Window:
    """A window of time in which so many failures of one kind are allowed."""

    key: str
    begins: int
    seconds: int
    most: int


@contextmanager
def password_try(request: HttpRequest | Request, email: str) -> Iterator[None]:
    """Counts one try to prove the password of this account; the block looks at the password.

    Raises TooManyTriesError before the block. If the block raises, the try was a failure and stays counted.
    """
    account, address = email_key(email), viewer_address(request)
    known_as = opaque("known address", account, address)
    now = time.time()
    windows = _windows(account, address, now, is_known=KnownAddress.objects.filter(key=known_as).exists())
    _count(windows, now)
    yield
    _run(GIVE_BACK, windows)
    _record_sign_in(known_as)


def remember_address(request: HttpRequest | Request, email: str) -> None:
    """Remembers that the owner of this account uses this address, after they have proved who they are."""
    _record_sign_in(opaque("known address", email_key(email), viewer_address(request)))


def _windows(account: str, address: str, now: float, *, is_known: bool) -> list[_Window]:
    """Returns what the try counts for.

    Failures elsewhere never stop an address from which somebody has signed in to the account before.
    """
    env = environment()
    rates = {opaque("account and address", account, address): env.failed_sign_ins}
    if not is_known:
        rates[opaque("account", account)] = env.failed_sign_ins_per_account
    rates[opaque("address", address)] = env.failed_sign_ins_per_address
    if not is_known:
        rates["all"] = env.failed_sign_ins_in_all
    return [_window(f"password:{key}", rate, now) for key, rate in rates.items()]


def _window(key: str, rate: str, now: float) -> _Window:
    most, seconds = parse_rate(rate)
    return _Window(key, int(now // seconds) * seconds, seconds, most)


def _count(windows: Sequence[_Window], now: float) -> None:
    full = dict(_run(COUNT, windows))
    if not full:
        return
    if any(full.values()):
        _run(GIVE_BACK, windows)
    raise TooManyTriesError(max(each.begins + each.seconds for each in windows if each.key in full) - now)


def _run(statement: str, windows: Sequence[_Window]) -> list[tuple[str, bool]]:
    values: Mapping[str, list[str] | list[int]] = {
        "keys": [each.key for each in windows],
        "windows": [each.begins for each in windows],
        "most": [each.most for each in windows],
    }
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall()) if cursor.description else []


def _record_sign_in(known_as: str) -> None:
    now = timezone.now()
    with connection.cursor() as cursor:
        cursor.execute(REMEMBER, {"key": known_as, "now": now, "yesterday": now - timedelta(days=1)})
