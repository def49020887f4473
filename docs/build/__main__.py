"""`python -m docs.build [figures|measured|diagrams|pdf|pictures] [--check]`: make what documents show."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from docs.build import diagrams, figures, measured, pdf, pictures, prose

WRITERS: dict[str, Callable[[], None]] = {
    "figures": figures.write,
    "measured": measured.write,
    "diagrams": diagrams.write,
    "pdf": pdf.write,
}
PARTS = "only this; all but the pictures, which need a browser and a stack of their own, if left out"


def main() -> None:
    """The command line; `--check` changes nothing and fails with what is out of date.

    Alone it takes seconds. `figures --check` also counts the tests of each session whose files have changed.
    """
    parser = argparse.ArgumentParser(prog="python -m docs.build", description=__doc__)
    parser.add_argument("part", nargs="?", choices=(*WRITERS, "pictures"), help=PARTS)
    parser.add_argument("--check", action="store_true", help="is everything up to date? Nothing is written")
    arguments = parser.parse_args()
    if arguments.check:
        _check(counts_tests=arguments.part == "figures")
        return
    for name, write in WRITERS.items():
        if arguments.part in (None, name):
            write()
    if arguments.part == "pictures":
        pictures.write()


def _check(*, counts_tests: bool) -> None:
    stale = [*diagrams.outdated(), *figures.outdated(), *measured.outdated(), *pdf.outdated()]
    if counts_tests:
        stale += figures.miscounted()
    if stale:
        raise SystemExit("\n".join(["Out of date, run `python -m docs.build`:", *stale]))
    if found := prose.faults():
        raise SystemExit("\n".join(found))


if __name__ == "__main__":
    main()
