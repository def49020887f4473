"""What a stack's PostgreSQL has done: commits, and write-ahead log."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass

import psycopg2

from tests.support.stack import RunningStack
from tests.support.statements import superuser_url

WORK = """
SELECT (SELECT sum(xact_commit) FROM pg_stat_database WHERE datname IN ('client', 'ticket', 'payment')),
       pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')
"""


@dataclass(frozen=True, slots=True)
class Work:
    """Committed transactions of the three databases, those that only read included, and bytes of write-ahead log."""

    commits: int
    wal_bytes: int

    def since(self, before: Work) -> Work:
        """Returns what was done after `before`."""
        return Work(self.commits - before.commits, self.wal_bytes - before.wal_bytes)


def work_done(stack: RunningStack) -> Work:
    """Returns what the server has done so far."""
    with closing(psycopg2.connect(superuser_url(stack))) as connection, connection.cursor() as cursor:
        cursor.execute(WORK)
        commits, wal = cursor.fetchone() or (0, 0)
    return Work(int(commits), int(wal))
