"""How many statements the programs of a stack send to its PostgreSQL."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg2

from devstack import processes
from devstack.home import Home
from devstack.postgres import SUPERUSER
from devstack.stack import Stack
from tests.support.stack import RunningStack
from tests.support.waiting import until

STATEMENT = re.compile(
    r"^\S+ \S+ \S+ \[(?P<pid>\d+)\] (?P<role>\w+)@\w+ LOG:  (?:statement|execute [^:]+): (?P<text>.*)"
)
"""A line of the server's log for a statement; the beginning is `log_line_prefix` (devstack/postgres.py)."""
NOTIFICATION = "pg_notify"
"""Several notifications at the same time are one statement, so their number is a matter of chance."""
NAMELESS = "others"
"""Connections without a name in `pg_stat_activity`, such as those of tests, and those that have ended."""
MARK = "SELECT 'the statements to count end here'"


@dataclass(slots=True)
class Statements:
    """How many statements each program sent, by its name in `pg_stat_activity`; notifications are not counted."""

    by_program: Counter[str] = field(default_factory=Counter)


def superuser_url(stack: RunningStack) -> str:
    """Returns the URL of the maintenance database of the stack's own server."""
    described = Stack(Home(stack.home), {}).environment()
    return processes.postgres_server(described).superuser_url()


@contextmanager
def counting_statements(stack: RunningStack) -> Iterator[Statements]:
    """Counts the statements that are sent during the block; the server logs each, so nothing else is measured then."""
    counted = Statements()
    log = Home(stack.home).log("postgres")
    with closing(psycopg2.connect(superuser_url(stack))) as connection, connection.cursor() as cursor:
        connection.autocommit = True
        _log_statements(cursor, "all")
        begin = log.stat().st_size
        try:
            yield counted
        finally:
            cursor.execute("SELECT pid, application_name FROM pg_stat_activity WHERE application_name <> ''")
            programs: dict[int, str] = dict(cursor.fetchall())
            cursor.execute(MARK)
            _log_statements(cursor, "none")
    lines = until(
        lambda: _lines(log, begin), lambda found: any(MARK in line for line in found), what="the log is whole"
    )
    for line in lines:
        match = STATEMENT.match(line)
        if match and match["role"] != SUPERUSER and NOTIFICATION not in match["text"]:
            counted.by_program[programs.get(int(match["pid"]), NAMELESS)] += 1


def _log_statements(cursor: psycopg2.extensions.cursor, kind: str) -> None:
    cursor.execute(f"ALTER SYSTEM SET log_statement = '{kind}'")
    cursor.execute("SELECT pg_reload_conf()")
    until(lambda: _setting(cursor), lambda found: found == kind, what="the server logs as asked")


def _setting(cursor: psycopg2.extensions.cursor) -> str:
    cursor.execute("SHOW log_statement")
    return str((cursor.fetchone() or ("",))[0])


def _lines(log: Path, begin: int) -> list[str]:
    with log.open("rb") as file:
        file.seek(begin)
        return file.read().decode("utf-8", "replace").splitlines()
