"""Prints the run: headings, calls between services, and their results."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.markup import escape
from rich.panel import Panel
from rich.table import Table

COLOURS = {
    "OPEN": "green",
    "ON GOING": "yellow",
    "BOOKED": "blue",
    "AWAITING PAYMENT": "yellow",
    "FAILED": "red",
    "CANCELLED": "magenta",
    "REFUNDED": "magenta",
}
LONGEST_LINE = 110


def state(name: str) -> str:
    """Formats a state as people see it, in its colour."""
    shown = name.replace("_", " ")
    return f"[bold {COLOURS.get(shown, 'cyan')}]{shown}[/]"


class Narrator:
    """Prints the run on one console; a reader gets `pause_seconds` for a line."""

    def __init__(self, console: Console, pause_seconds: float) -> None:
        self.out = console
        self._pause_seconds = pause_seconds

    def pause(self, lines: float = 1) -> None:
        """Waits until a reader has read `lines`."""
        self.out.file.flush()
        time.sleep(self._pause_seconds * lines)

    def heading(self, title: str, about: str) -> None:
        """Prints the heading of a part."""
        self.out.print()
        self.out.print(Panel(f"[bold]{title}[/]\n[dim]{about}[/]", border_style="cyan", expand=False, padding=(0, 2)))
        self.pause(2)

    def step(self, text: str) -> None:
        """Prints what a person does."""
        self.out.print(f"[bold cyan]●[/] {text}")
        self.pause()

    def call(self, sender: str, receiver: str, what: str) -> None:
        """Prints a call from one service to another."""
        self.out.print(f"    [bold]{sender}[/] [dim]→[/] [bold]{receiver}[/]  {what}")
        self.pause(0.7)

    def fact(self, name: str, value: str) -> None:
        """Prints a result; `value` may be longer than the line."""
        self.out.print(f"    [dim]{name}[/]  {value}", soft_wrap=True)
        self.pause(0.5)

    def link(self, name: str, url: str) -> None:
        """Prints an address, shortened to fit the line."""
        shown = url if len(url) <= LONGEST_LINE else f"{url[:LONGEST_LINE]}…"
        self.fact(name, f"[link={url}]{escape(shown)}[/link]")

    def table(self, title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """Prints a table of results."""
        table = Table(*columns, title=title or None, title_justify="left", title_style="bold", border_style="dim")
        for row in rows:
            table.add_row(*row)
        self.out.print(table)
        self.pause(2)

    @contextmanager
    def waiting(self, what: str) -> Iterator[None]:
        """Shows what the block waits for, then how long it took."""
        begun = time.monotonic()
        with self.out.status(f"[yellow]{what} …"):
            yield
        self.out.print(f"    [green]✓[/] {what} [dim]{time.monotonic() - begun:.1f} s[/]")
        self.pause(0.5)
