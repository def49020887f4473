"""`rows`: how many rows one paid booking leaves in each table of the three databases of the running stack.

A booking of one seat by a buyer who exists, from the request to the PDF and the mail. Counted are all rows that are
there when nothing changes any more, less those before.
"""

from __future__ import annotations

import json
import os
import time
from contextlib import closing
from pathlib import Path

import psycopg2
from psycopg2 import sql
from rich.console import Console
from rich.table import Table

from tests.support.environment import Environment
from tests.support.stack import ReachableStack
from tests.support.world import World

QUIET_SECONDS = 6
MOST_SECONDS = 120
TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename"
Counts = dict[str, int]

out = Console(highlight=False)


def run(*, quick: bool) -> None:
    """Books, pays, and prints the rows that this leaves."""
    bookings = 1 if quick else 5
    environment = Environment.of_process()
    world = World(ReachableStack(environment))
    world.calm()
    try:
        buyer = world.buyer("Bench Buyer")
        world.book_and_pay(buyer, 39)
        before = _quiet_counts(environment)
        for number in range(bookings):
            world.book_and_pay(buyer, number)
        after = _quiet_counts(environment)
    finally:
        world.restore_chance()
        world.close()
    _show({name: (after[name] - before.get(name, 0)) / bookings for name in after}, bookings)


def _quiet_counts(environment: Environment) -> Counts:
    """Returns the counts once they have not changed for a while: the worker sends mails and webhooks meanwhile."""
    ends = time.monotonic() + MOST_SECONDS
    counts = _counts(environment)
    while time.monotonic() < ends:
        time.sleep(QUIET_SECONDS)
        newer = _counts(environment)
        if newer == counts:
            return counts
        counts = newer
    raise TimeoutError(f"The stack was not quiet within {MOST_SECONDS} seconds.")


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


def _show(rows: dict[str, float], bookings: int) -> None:
    left = {name: number for name, number in rows.items() if number}
    table = Table("table", "rows", title="rows: of one paid booking")
    for name, number in left.items():
        table.add_row(name, f"{number:g}")
    table.add_row("[bold]all", f"[bold]{sum(left.values()):g}")
    out.print(table)
    out.print(f"[dim]mean of {bookings}[/]")
    folder = Path(os.environ.get("TICKETING_HOME", ".dev")) / "bench"
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "rows.json"
    file.write_text(json.dumps(left, indent=2) + "\n")
    out.print(f"[dim]{file}[/]")
