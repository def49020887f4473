"""`rows`: how many rows one paid booking leaves in each table of the three databases of the running stack.

A booking of one seat by a buyer who exists, from the request to the PDF and the mail. Counted are all rows that are
there when nothing changes any more, less those before.
"""

from __future__ import annotations

from rich.table import Table

from bench.report import out, store
from tests.support.environment import Environment
from tests.support.rows import rows_left_by
from tests.support.stack import ReachableStack
from tests.support.world import World


def run(*, quick: bool) -> None:
    """Books, pays, and prints the rows that this leaves."""
    bookings = 1 if quick else 5
    environment = Environment.of_process()
    world = World(ReachableStack(environment))
    world.calm()
    try:
        buyer = world.buyer("Bench Buyer")
        world.book_and_pay(buyer, 39)

        def book_and_pay() -> None:
            for number in range(bookings):
                world.book_and_pay(buyer, number)

        left = rows_left_by(environment, book_and_pay)
    finally:
        world.restore_chance()
        world.close()
    _show({name: number / bookings for name, number in left.items()}, bookings)


def _show(left: dict[str, float], bookings: int) -> None:
    table = Table("table", "rows", title="rows: of one paid booking")
    for name, number in left.items():
        table.add_row(name, f"{number:g}")
    table.add_row("[bold]all", f"[bold]{sum(left.values()):g}")
    out.print(table)
    out.print(f"[dim]mean of {bookings}[/]")
    out.print(f"[dim]{store('rows', left)}[/]")
