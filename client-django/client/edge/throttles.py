"""Limits the rate of calls over all processes and replicas, with one counted row per caller in PostgreSQL."""

import hashlib
import time
from collections.abc import Mapping
from dataclasses import dataclass

from django.db import connection
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle
from rest_framework.views import APIView
from servicekit.emails import email_key

from client.database.values import SqlValue
from client.edge.viewers import viewer_address
from config.env import environment

# The count grows within a window and starts again with the next one. `source` has one row, or none to count nothing.
COUNT = """
    INSERT INTO api_throttlewindow AS kept (key, "window", count) SELECT %(throttle)s, %(window)s, 1 FROM {source}
    ON CONFLICT (key) DO UPDATE SET
        count = CASE WHEN kept."window" = excluded."window" THEN kept.count + 1 ELSE 1 END,
        "window" = excluded."window"
    RETURNING count
"""
COUNT_ONE = COUNT.format(source="(SELECT) AS always")
PERIODS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def parse_rate(rate: str) -> tuple[int, int]:
    """Parses `10/min` into (10, 60): the number of requests and the seconds."""
    number, period = rate.split("/")
    return int(number), PERIODS[period[0]]


@dataclass(frozen=True, slots=True)
class Window:
    """The window of one caller that a call is counted in now."""

    values: Mapping[str, SqlValue]
    """The parameters of COUNT."""
    allowed: int
    retry_after: float


def window_of(scope: str, subject: str, rate: str) -> Window:
    allowed, seconds = parse_rate(rate)
    now = time.time()
    window = int(now // seconds) * seconds
    digest = hashlib.sha256(subject.encode("utf-8", "surrogatepass")).hexdigest()
    return Window({"throttle": f"{scope}:{digest}", "window": window}, allowed, window + seconds - now)


class SharedThrottle(BaseThrottle):
    scope: str
    rate_setting: str

    def __init__(self) -> None:
        self.retry_after = 1.0

    def allow_request(self, request: Request, view: APIView) -> bool:
        window = window_of(self.scope, self.subject(request), getattr(environment(), self.rate_setting))
        self.retry_after = window.retry_after
        with connection.cursor() as cursor:
            cursor.execute(COUNT_ONE, window.values)
            (count,) = cursor.fetchone()
        return bool(count <= window.allowed)

    def wait(self) -> float:
        return self.retry_after

    def subject(self, request: Request) -> str:
        raise NotImplementedError


class AuthThrottle(SharedThrottle):
    """Counts per account and address of the caller, so that people behind one address (the dashboard) do not block each
    other.
    """

    scope = "auth"
    rate_setting = "throttle_auth"

    def subject(self, request: Request) -> str:
        data = request.data if isinstance(request.data, dict) else {}
        # The normalised address counts, so that other spellings give no further tries for one account.
        account = email_key(str(data.get("email") or "")) or str(data.get("refresh") or "").strip().lower()
        return f"{request.path}|{viewer_address(request)}|{account}"


class RegisterThrottle(SharedThrottle):
    """Counts the accounts that one address creates."""

    scope = "register"
    rate_setting = "throttle_register"

    def subject(self, request: Request) -> str:
        return viewer_address(request)


class BookingThrottle(SharedThrottle):
    scope = "booking"
    rate_setting = "throttle_booking"

    def subject(self, request: Request) -> str:
        return str(request.user.pk)
