"""`compare BASE`: what a booking costs in this working tree and in a revision, measured in turns.

The revision is checked out into a folder of its own and gets an environment of its own; each side runs its own
`./dev bench cost --quick`. On a shared machine both sides meet the same other work, so that a regression is seen.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.table import Table

from bench.cost_report import PHASES
from bench.report import out, store
from devstack.deadlines import stretched
from devstack.home import REPOSITORY

NAME = "compare"
ROUNDS = 2
SECONDS = 900


def run(base: str) -> None:
    """Runs BASE, this tree, BASE, this tree; prints the processor time of both and their ratio, and stores them."""
    with _checked_out(base) as theirs:
        sides = {base: theirs, "this tree": REPOSITORY}
        found: dict[str, list[tuple[float, float]]] = {name: [] for name in sides}
        for number in range(ROUNDS):
            for name, tree in sides.items():
                found[name].append(_cost(tree))
                out.print(f"[dim]· round {number + 1}, {name}: {found[name][-1]}[/]")
    table = Table("phase", base, "this tree", "ratio", title=f"{NAME}: processor time of a booking, ms")
    for index, phase in enumerate(PHASES):
        before, now = (statistics.median(each[index] for each in found[name]) for name in sides)
        table.add_row(phase, f"{before:.1f}", f"{now:.1f}", f"{now / before:.2f}")
    out.print(table)
    out.print(f"[dim]{store(NAME, {'name': NAME, 'base': base, 'rounds': found})}[/]")


@contextmanager
def _checked_out(base: str) -> Iterator[Path]:
    with _passable_folder() as folder:
        tree = folder / "tree"
        _git("worktree", "add", "--quiet", "--detach", str(tree), base)
        try:
            yield tree
        finally:
            _git("worktree", "remove", "--force", str(tree))


@contextmanager
def _passable_folder() -> Iterator[Path]:
    """A temporary folder; PostgreSQL, whose programs are in the revision's environment, may run as another user."""
    with tempfile.TemporaryDirectory(prefix="ticketing-compare-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder


def _git(*arguments: str) -> None:
    subprocess.run(["git", *arguments], cwd=REPOSITORY, check=True, stdout=subprocess.DEVNULL)


def _cost(tree: Path) -> tuple[float, float]:
    """Returns the processor time of a booking in both phases, in milliseconds."""
    with _passable_folder() as home:
        environment = {**os.environ, "TICKETING_HOME": str(home)}
        subprocess.run(
            [str(tree / "dev"), "bench", "cost", "--quick"],
            cwd=tree,
            env=environment,
            check=True,
            stdout=subprocess.DEVNULL,
            timeout=stretched(SECONDS),
        )
        measured = json.loads((home / "bench" / "cost.json").read_text(encoding="utf-8"))
    first, second = (
        statistics.median(sum(round_[phase]["processor_ms"].values()) for round_ in measured["rounds"])
        for phase in (0, 1)
    )
    return first, second
