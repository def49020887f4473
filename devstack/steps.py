"""Shows the progress of the workbench: one line per step, with its duration."""

import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from devstack.failures import StackFailure

LAST_LINES = 15

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)


@contextmanager
def step(title: str) -> Iterator[None]:
    """Shows that a step is running, then how long it took."""
    begun = time.monotonic()
    with out.status(f"{escape(title)} …"):
        yield
    out.print(f"[green]✓[/] {escape(title)} [dim]{time.monotonic() - begun:.1f} s[/]")


def report(failure: StackFailure) -> None:
    """Prints the failure in one sentence, then the end of its log and the log's path."""
    err.print(f"[red]✗[/] {escape(failure.sentence)}", soft_wrap=True)
    if failure.log is None:
        return
    for line in last_lines(failure.log, LAST_LINES):
        err.print(f"  [dim]{escape(line)}[/]", soft_wrap=True)
    err.print(f"  The whole log: {failure.log}", soft_wrap=True)


def last_lines(log: Path, count: int) -> list[str]:
    """Returns the last lines of a text file, which may not exist or may contain invalid text."""
    try:
        with log.open(errors="replace") as source:
            return [line.rstrip("\n") for line in deque(source, maxlen=count)]
    except OSError:
        return []
