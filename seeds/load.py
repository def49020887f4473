"""`python seeds/load.py`: loads the catalogue and the demo account. Can be repeated; see README.md."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from seeding.catalogue import read_catalogue
from seeding.client_api import ClientApi
from seeding.errors import SeedError
from seeding.loader import Changes, load, steps
from seeding.loader import Progress as Report
from seeding.settings import Settings, load_settings


def main() -> int:
    console = Console()
    try:
        settings = load_settings(Settings)
        catalogue = read_catalogue()
        with (
            ClientApi(settings.client_url, deadline_seconds=settings.seed_deadline_seconds) as api,
            _reported(console, steps(catalogue)) as report,
        ):
            changes = load(api, settings, catalogue, report)
    except SeedError as error:
        console.print(f"[red]Seeding failed.[/red] {error}", highlight=False, soft_wrap=True)
        return 1
    console.print(_summary(changes), highlight=False, soft_wrap=True)
    return 0


@contextmanager
def _reported(console: Console, total: int) -> Iterator[Report]:
    columns = (TextColumn("Seeding"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.description}", markup=False))
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("", total=total, completed=-1)
        yield lambda what: progress.update(task, advance=1, description=what)


def _summary(changes: Changes) -> str:
    if not changes.any():
        return "Nothing to seed: everything is there already."
    return (
        f"Seeded. Events: {changes.events}, seats: {changes.seats}, organizers: {changes.organizers}, "
        f"accounts: {changes.accounts}."
    )


if __name__ == "__main__":
    sys.exit(main())
