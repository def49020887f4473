"""A table of seats of a test's own, to play a race on without the guards of the service."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

import psycopg2


@contextmanager
def scratch_seats(url: str, columns: str, only_seat: str) -> Iterator[str]:
    """`seats` with these columns and one row, in a schema whose name is yielded; gone afterwards."""
    schema = f"race_{uuid4().hex[:8]}"
    connection = psycopg2.connect(url)
    connection.autocommit = True
    try:
        cursor = connection.cursor()
        cursor.execute(f"CREATE SCHEMA {schema}; CREATE TABLE {schema}.seats ({columns})")
        cursor.execute(f"INSERT INTO {schema}.seats VALUES ({only_seat})")
        yield schema
        cursor.execute(f"DROP SCHEMA {schema} CASCADE")
    finally:
        connection.close()
