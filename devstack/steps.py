"""What a person sees while something is being done: one line per step, with its time."""

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
    """Shows that a step is under way, then that it is done and how long it took."""
    begun = time.monotonic()
    with out.status(f"{escape(title)} …"):
        yield
    out.print(f"[green]✓[/] {escape(title)} [dim]{time.monotonic() - begun:.1f} s[/]")


def tell(failure: StackFailure) -> None:
    """The one sentence, then the end of the log that tells more, and where it is."""
    err.print(f"[red]✗[/] {escape(failure.sentence)}", soft_wrap=True)
    if failure.log is None:
        return
    for line in last_lines(failure.log, LAST_LINES):
        err.print(f"  [dim]{escape(line)}[/]", soft_wrap=True)
    err.print(f"  The whole log: {failure.log}", soft_wrap=True)


def last_lines(log: Path, count: int) -> list[str]:
    """The end of a text file that may not exist or hold broken text."""
    try:
        with log.open(errors="replace") as source:
            return [line.rstrip("\n") for line in deque(source, maxlen=count)]
    except OSError:
        return []
