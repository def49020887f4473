"""The two phases of a booking at a running stack: buyers book, and later pay."""

from __future__ import annotations

import json
from collections.abc import Sequence
from urllib.parse import urlsplit

from bench.closed_load import ClosedLoad, ClosedOutcome, send
from bench.http_request import Request
from tests.support.stack import RunningStack


def book(stack: RunningStack, requests: Sequence[Request], connections: int, *, per_second: float = 0) -> ClosedOutcome:
    """Sends the requests for bookings to client; each must be accepted."""
    return accepted(ClosedLoad(stack.environment.client_url, list(requests), connections, per_second), "201")


def pay(stack: RunningStack, booked: ClosedOutcome, connections: int, *, per_second: float = 0) -> ClosedOutcome:
    """Pays the bookings that `book` has made, as the Pay button of the hosted page does."""
    urls = [json.loads(answer.body)["payment_url"] for answer in booked.answers]
    headers = {"accept": "application/json", "content-type": "application/json"}
    payments = [Request("POST", urlsplit(url).path, headers, "{}") for url in urls]
    return accepted(ClosedLoad(stack.environment.payment_url, payments, connections, per_second), "202")


def accepted(load: ClosedLoad, status: str) -> ClosedOutcome:
    """Sends the requests; RuntimeError if one is answered with another status."""
    outcome = send(load)
    wrong = [answer for answer in outcome.answers if answer.status != status]
    if wrong:
        raise RuntimeError(f"Not everything was answered with {status}: {dict(outcome.statuses())}, as {wrong[0]}")
    return outcome
