"""`python -m bench [name]`, run by `./dev bench`."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from bench import bystander, chain, cost, hold, overload, queue, rows
from bench.report import show

BENCHMARKS: dict[str, Callable[[bool], None]] = {
    "hold": lambda _: show(hold.run(hold.Plan(scope="hold"))),
    "booking": lambda _: show(hold.run(hold.Plan(scope="booking"))),
    "chain": lambda _: show(chain.run()),
    "cost": lambda quick: cost.run(quick=quick),
    "queue": lambda quick: queue.run(quick=quick),
    "rows": lambda quick: rows.run(quick=quick),
    bystander.NAME: lambda quick: bystander.run(quick=quick),
    "overload": lambda quick: overload.run(quick=quick),
}


def main() -> None:
    """Runs the named benchmark, or all."""
    parser = argparse.ArgumentParser(prog="./dev bench", description="Benchmarks, with ratios to a reference.")
    parser.add_argument("name", nargs="?", choices=sorted(BENCHMARKS), help="one of them; all if left out")
    parser.add_argument("--quick", action="store_true", help="fewer and smaller measurements, where there are any")
    asked = parser.parse_args()
    for name, run in BENCHMARKS.items():
        if asked.name in (None, name):
            run(asked.quick)


if __name__ == "__main__":
    main()
