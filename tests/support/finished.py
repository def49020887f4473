"""Whether the work that bookings cause is done, as the databases say; asking them costs the services nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import closing
from typing import Any

import psycopg2

from tests.support.environment import Environment

UNTOLD = "SELECT count(*) FROM webhook_deliveries WHERE state = 'PENDING'"
UNSENT = "SELECT count(*) FROM notifications_notification WHERE email_state = 'PENDING'"
UNFINISHED = """
SELECT count(*) FROM bookings_booking
WHERE (status <> 'BOOKED' OR document_kind IS NULL) AND (%(ids)s::uuid[] IS NULL OR id = ANY(%(ids)s::uuid[]))
"""


def everything_is_told(environment: Environment) -> bool:
    """Whether no webhook waits for its delivery."""
    return not any(_number(url, UNTOLD) for url in (environment.ticket_database_url, environment.payment_database_url))


def bookings_are_finished(environment: Environment, ids: Sequence[str] | None = None) -> bool:
    """Whether the bookings, all if None, are BOOKED with a document that client knows, and no mail or webhook waits."""
    url = environment.client_database_url
    unfinished = _number(url, UNFINISHED, {"ids": None if ids is None else list(ids)})
    return unfinished == 0 and _number(url, UNSENT) == 0 and everything_is_told(environment)


def _number(url: str, query: str, parameters: Mapping[str, Any] | None = None) -> int:
    with closing(psycopg2.connect(url)) as connection, connection.cursor() as cursor:
        cursor.execute(query, parameters)
        return int((cursor.fetchone() or (0,))[0])
