"""Limits the rate of calls over all processes and replicas, with one counted row per caller in PostgreSQL."""

import hashlib
import time

from django.db import connection
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle
from rest_framework.views import APIView
from servicekit.emails import email_key

from client.edge.viewers import viewer_address
from config.env import environment

# The count grows within a window and starts again with the next one.
COUNT = """
    INSERT INTO api_throttlewindow AS kept (key, "window", count) VALUES (%(key)s, %(window)s, 1)
    ON CONFLICT (key) DO UPDATE SET
        count = CASE WHEN kept."window" = excluded."window" THEN kept.count + 1 ELSE 1 END,
        "window" = excluded."window"
    RETURNING count
"""
PERIODS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def parse_rate(rate: str) -> tuple[int, int]:
    """Parses `10/min` into (10, 60): the number of requests and the seconds."""
    number, period = rate.split("/")
    return int(number), PERIODS[period[0]]


class SharedThrottle(BaseThrottle):
    scope: str
    rate_setting: str

    def __init__(self) -> None:
        self.retry_after = 1.0

    def allow_request(self, request: Request, view: APIView) -> bool:
        allowed, seconds = parse_rate(getattr(environment(), self.rate_setting))
        now = time.time()
        window = int(now // seconds) * seconds
        self.retry_after = window + seconds - now
        digest = hashlib.sha256(self.subject(request).encode("utf-8", "surrogatepass")).hexdigest()
        with connection.cursor() as cursor:
            cursor.execute(COUNT, {"key": f"{self.scope}:{digest}", "window": window})
            (count,) = cursor.fetchone()
        return bool(count <= allowed)

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
