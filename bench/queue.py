"""Compares the cost of a queue's actions in short and in long queues.

Each action is the service's own use case, in a transaction of its own that is committed, on a PostgreSQL of its own:
joining, reading one's position, leaving, and the reassignment of the seat to the first in line. The queue keeps its
length. Measured are the time that the caller waits, and the processor time of PostgreSQL's process for the connection.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys

from rich.table import Table

from bench.report import out, store
from bench.scratch_database import IMPORT_PATH, scratch_database
from devstack.home import REPOSITORY

LENGTHS = (10, 1_000, 100_000)
QUICK_LENGTHS = (10, 1_000)
REPEATS = 100
QUICK_REPEATS = 20
SECONDS = 900
Cost = dict[str, float]
"""The processor time of PostgreSQL and the time of the caller, in milliseconds."""


def run(*, quick: bool) -> None:
    """Measures queues of several lengths, prints a table and stores the figures."""
    lengths, repeats = (QUICK_LENGTHS, QUICK_REPEATS) if quick else (LENGTHS, REPEATS)
    with scratch_database() as database:
        costs = {length: _measure(database.url, length, repeats) for length in lengths}
    table = Table("action", *(f"{length:,} wait" for length in lengths), title="queue: PostgreSQL ms (caller ms)")
    for action in costs[lengths[0]]:
        table.add_row(action, *(_cell(costs[length][action]) for length in lengths))
    out.print(table)
    out.print(f"[dim]processor time per action: mean of {repeats}; time of the caller: median[/]")
    out.print(f"[dim]{store('queue', {str(length): found for length, found in costs.items()})}[/]")


def _cell(cost: Cost) -> str:
    return f"{cost['cpu_ms']:.2f} ({cost['median_ms']:.2f})"


def _measure(database_url: str, length: int, repeats: int) -> dict[str, Cost]:
    """Runs the use cases in a process that has the service's packages on its path."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.queue_app", str(length), str(repeats)],
        env={**os.environ, "DATABASE_URL": database_url, "PYTHONPATH": f"{IMPORT_PATH}{os.pathsep}{REPOSITORY}"},
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
        timeout=SECONDS,
    )
    if done.returncode != 0:
        raise RuntimeError(f"The queue of {length} could not be measured: {done.stderr[-2000:]}")
    found: dict[str, Cost] = json.loads(done.stdout)
    return found
