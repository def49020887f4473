"""The two phases of a booking at a running stack: buyers book, and later pay; and when each is over."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import closing
from urllib.parse import urlsplit

import psycopg2

from bench.closed_load import ClosedLoad, ClosedOutcome, Request, send
from tests.support.stack import RunningStack

UNTOLD = "SELECT count(*) FROM webhook_deliveries WHERE state = 'PENDING'"
UNFINISHED = """
SELECT (SELECT count(*) FROM bookings_booking WHERE status <> 'BOOKED' OR document_kind IS NULL)
     + (SELECT count(*) FROM notifications_notification WHERE email_state = 'PENDING')
"""


def book(stack: RunningStack, requests: Sequence[Request], connections: int, *, per_second: float = 0) -> ClosedOutcome:
    """Sends the requests for bookings to client; each must be accepted."""
    return _accepted(ClosedLoad(stack.environment.client_url, list(requests), connections, per_second), "201")


def pay(stack: RunningStack, booked: ClosedOutcome, connections: int, *, per_second: float = 0) -> ClosedOutcome:
    """Pays the bookings that `book` has made, as the Pay button of the hosted page does."""
    urls = [json.loads(answer.body)["payment_url"] for answer in booked.answers]
    headers = {"accept": "application/json", "content-type": "application/json"}
    payments = [Request("POST", urlsplit(url).path, headers, "{}") for url in urls]
    return _accepted(ClosedLoad(stack.environment.payment_url, payments, connections, per_second), "202")


def all_told(stack: RunningStack) -> bool:
    """Whether no webhook waits for its delivery."""
    environment = stack.environment
    return not any(_number(url, UNTOLD) for url in (environment.ticket_database_url, environment.payment_database_url))


def all_finished(stack: RunningStack) -> bool:
    """Whether every booking is BOOKED, with its document, every mail is sent, and nothing is left to be told."""
    return all_told(stack) and _number(stack.environment.client_database_url, UNFINISHED) == 0


def _accepted(load: ClosedLoad, status: str) -> ClosedOutcome:
    outcome = send(load)
    wrong = [answer for answer in outcome.answers if answer.status != status]
    if wrong:
        raise RuntimeError(f"Not everything was answered with {status}: {dict(outcome.statuses())}, as {wrong[0]}")
    return outcome


def _number(url: str, query: str) -> int:
    with closing(psycopg2.connect(url)) as connection, connection.cursor() as cursor:
        cursor.execute(query)
        return int((cursor.fetchone() or (0,))[0])
