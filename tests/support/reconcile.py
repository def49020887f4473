"""`./dev reconcile [--fix]`: compares the databases, the organizers and the bucket, and prints every difference."""

from __future__ import annotations

import argparse
import sys
import time

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from tests.support.environment import Environment
from tests.support.invariants import violations_of
from tests.support.mending import Mender, dead_letters
from tests.support.reading import UNAVAILABLE, read_snapshot
from tests.support.rules.violation import Violation

LOOKS = 4
SECONDS_BETWEEN = 1.5

out = Console(highlight=False)


def differences(environment: Environment) -> list[Violation]:
    """What is wrong in several looks in a row; what is merely under way has gone by then."""
    lasting: set[Violation] | None = None
    for look in range(LOOKS):
        if look:
            time.sleep(SECONDS_BETWEEN)
        snapshot = read_snapshot(environment)
        found = {*violations_of(snapshot), *dead_letters(snapshot)}
        lasting = found if lasting is None else lasting & found
        if not lasting:
            break
    return sorted(lasting or ())


def show(violations: list[Violation], done: dict[Violation, str]) -> None:
    """As a table, or as one line when there is nothing to tell."""
    if not violations:
        out.print("[green]No difference:[/] databases, organizers and bucket tell the same story.")
        return
    table = Table("rule", "difference", "what", "detail", *(["done about it"] if done else []))
    for violation in violations:
        cells = [str(violation.rule), violation.name, violation.subject, violation.detail]
        table.add_row(*map(escape, [*cells, *([done[violation]] if done else [])]))
    out.print(table)
    out.print(f"[red]{len(violations)} differences[/] (rules: docs/booking.md)")


def main() -> int:
    """The exit status: 0 without a difference, 1 with at least one, 2 when the stack cannot be read."""
    parser = argparse.ArgumentParser(prog="./dev reconcile", description=__doc__)
    parser.add_argument("--fix", action="store_true", help="also mend what can be mended")
    fix = parser.parse_args().fix
    environment = Environment.of_process()
    try:
        found = differences(environment)
        done: dict[Violation, str] = {}
        if fix and found:
            mender = Mender(environment)
            done = {violation: mender.mend(violation) for violation in found}
            mender.close()
    except UNAVAILABLE as error:
        sys.stderr.write(f"The stack cannot be read: {error}\n")
        return 2
    show(found, done)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
