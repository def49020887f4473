"""`python -m tests.postman.run ENVIRONMENT [folder …]`: runs the collection with an environment file, and says how it
went. `./dev postman --run` starts it.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from tests.postman import newman
from tests.postman.run_result import Run

out = Console(highlight=False)


def main(environment: str, only: Sequence[str]) -> int:
    """Runs it, folder by folder, and says how it went."""
    try:
        run = _run(Path(environment), only)
    except RuntimeError as error:
        out.print(f"[red]✗[/] {escape(str(error))}", soft_wrap=True)
        return 1
    show(run)
    return 1 if run.failures else 0


def _run(environment: Path, only: Sequence[str]) -> Run:
    newman.install()
    with tempfile.TemporaryDirectory() as folder, out.status("Newman starts …") as status:
        return newman.run(
            json.loads(environment.read_text(encoding="utf-8")),
            Path(folder),
            only=only,
            begins=lambda name: status.update(f"{escape(name)} …"),
        )


def show(run: Run) -> None:
    """A line for each folder, the sums, then every failure."""
    table = Table("folder", "requests", "assertions", "failed")
    for part in run.folders:
        failed = f"[red]{part.failed}[/]" if part.failed else "[green]0[/]"
        table.add_row(escape(part.name), str(part.requests), str(part.assertions), failed)
    out.print(table)
    out.print(run.counts())
    for failure in run.failures:
        out.print(f"[red]✗[/] {escape(failure)}", soft_wrap=True)
    out.print(f"[bold red]{len(run.failures)} failures[/]" if run.failures else "[bold green]all green[/]")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
