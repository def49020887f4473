"""One consistent look at a database."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg2

from devstack.deadlines import stretched
from tests.support.snapshot import EventFacts

CONNECT_SECONDS = 5

Query = Callable[[str], list[dict[str, Any]]]


@contextmanager
def one_look(url: str) -> Iterator[Query]:
    """A function that runs queries which all see the database at the same moment; UUIDs come as text."""
    connection = psycopg2.connect(url, connect_timeout=round(stretched(CONNECT_SECONDS)))
    try:
        connection.set_session(isolation_level="REPEATABLE READ", readonly=True)
        with connection.cursor() as cursor:

            def query(sql: str) -> list[dict[str, Any]]:
                cursor.execute(sql)
                names = [column.name for column in cursor.description or ()]
                return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

            yield query
    finally:
        connection.close()


def take_event_facts(row: dict[str, Any]) -> EventFacts:
    """Takes the columns of an event out of `row`."""
    return EventFacts(**{name: row.pop(name) for name in ("name", "venue", "time_zone", "starts_at")})
