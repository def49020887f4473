"""`python -m bench [name]`, run by `./dev bench`."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from bench import (
    best_seats,
    bystander,
    chain,
    compare,
    cost,
    growth,
    hold,
    idle,
    overload,
    queue,
    rows,
    seat_map,
    soak,
    stampede,
    viewers,
)
from bench.peers import comparison
from bench.report import show

BENCHMARKS: dict[str, Callable[[bool], None]] = {
    "hold": lambda _: show(hold.run(hold.Plan(scope="hold"))),
    "booking": lambda _: show(hold.run(hold.Plan(scope="booking"))),
    "chain": lambda _: show(chain.run()),
    "cost": lambda quick: cost.run(quick=quick),
    "stampede": lambda quick: stampede.run(quick=quick),
    "idle": lambda quick: idle.run(quick=quick),
    "growth": lambda quick: growth.run(quick=quick),
    seat_map.NAME: lambda quick: seat_map.run(quick=quick),
    best_seats.NAME: lambda quick: best_seats.run(quick=quick),
    viewers.NAME: lambda quick: viewers.run(quick=quick),
    "queue": lambda quick: queue.run(quick=quick),
    "rows": lambda quick: rows.run(quick=quick),
    bystander.NAME: lambda quick: bystander.run(quick=quick),
    "overload": lambda quick: overload.run(quick=quick),
}
LONG: dict[str, Callable[[bool], None]] = {
    "soak": lambda quick: soak.run(quick=quick),
    comparison.NAME: lambda quick: comparison.run(quick=quick),
}
"""Those that run only by name."""


def main() -> None:
    """Runs the named benchmark, or all."""
    parser = argparse.ArgumentParser(prog="./dev bench", description="Benchmarks, with ratios to a reference.")
    names = sorted([*BENCHMARKS, *LONG, compare.NAME])
    parser.add_argument(
        "name", nargs="?", choices=names, help="one of them; all but soak, peers and compare if left out"
    )
    parser.add_argument("base", nargs="?", help="with compare: the revision to compare this working tree with")
    parser.add_argument("--quick", action="store_true", help="fewer and smaller measurements, where there are any")
    asked = parser.parse_args()
    if asked.name == compare.NAME:
        compare.run(asked.base or parser.error("compare needs a revision"))
        return
    for name, run in {**BENCHMARKS, **(LONG if asked.name else {})}.items():
        if asked.name in (None, name):
            run(asked.quick)


if __name__ == "__main__":
    main()
