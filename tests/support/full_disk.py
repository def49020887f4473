"""The disk of the database is full: nothing can grow, and with `for_log` the database cannot even write its log."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager

import psycopg2

from tests.support.database_disk import NoDiskError
from tests.support.faulty_stack import FaultyStack
from tests.support.statements import superuser_url

SEGMENTS = 300
"""More files of the log than can have been prepared."""
NEXT_SEGMENT = "SELECT pg_logical_emit_message(true, 'full disk', ''), pg_switch_wal()"


@contextmanager
def full_disk(stack: FaultyStack, *, for_log: bool) -> Iterator[None]:
    """Without space as long as the block lasts. Raises NoDiskError if the stack has no disk that can be filled.

    PostgreSQL writes on in the files of its log that it has prepared; `for_log` uses them up, and it stops.
    """
    if isinstance(stack.disk, NoDiskError):
        raise stack.disk
    with stack.disk.full():
        if for_log:
            _use_up_log(stack)
        yield


def _use_up_log(stack: FaultyStack) -> None:
    try:
        with closing(psycopg2.connect(superuser_url(stack))) as connection, connection.cursor() as cursor:
            connection.autocommit = True
            for _ in range(SEGMENTS):
                cursor.execute(NEXT_SEGMENT)
    except psycopg2.OperationalError:
        return
    raise AssertionError("PostgreSQL could write on although its disk is full")
