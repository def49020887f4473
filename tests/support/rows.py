"""How many rows there are in each table of the three databases."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import closing

import psycopg2
from psycopg2 import sql

from devstack.deadlines import Deadline
from tests.support.environment import Environment

QUIET_SECONDS = 6
MOST_SECONDS = 120
TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename"
Counts = dict[str, int]


def rows_left_by(environment: Environment, act: Callable[[], object]) -> Counts:
    """Returns how many rows `act` leaves in each table, such as `ticket.bookings`, once nothing changes any more."""
    before = _quiet_counts(environment)
    act()
    after = _quiet_counts(environment)
    changes = {name: after[name] - before.get(name, 0) for name in after}
    return {name: change for name, change in changes.items() if change}


def _quiet_counts(environment: Environment) -> Counts:
    """Returns the counts once they have not changed for a while: the workers send mails and webhooks meanwhile."""
    deadline = Deadline(MOST_SECONDS)
    counts = _counts(environment)
    while not deadline.is_over():
        time.sleep(QUIET_SECONDS)
        newer = _counts(environment)
        if newer == counts:
            return counts
        counts = newer
    raise TimeoutError(f"The stack was not quiet within {deadline.granted:.0f} seconds.")


def _counts(environment: Environment) -> Counts:
    urls = {
        "client": environment.client_database_url,
        "ticket": environment.ticket_database_url,
        "payment": environment.payment_database_url,
    }
    counts: Counts = {}
    for service, url in urls.items():
        with closing(psycopg2.connect(url)) as connection, connection.cursor() as cursor:
            cursor.execute(TABLES)
            for (table,) in cursor.fetchall():
                cursor.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table)))
                (counts[f"{service}.{table}"],) = cursor.fetchone() or (0,)
    return counts
