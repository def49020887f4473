"""`python -m bench [name]`, run by `./dev bench`."""

from __future__ import annotations

import argparse
from collections.abc import Callable

from bench import bystander, chain, hold
from bench.figures import Figures
from bench.report import show

BENCHMARKS: dict[str, Callable[[], Figures]] = {
    "hold": lambda: hold.run(hold.Plan(scope="hold")),
    "booking": lambda: hold.run(hold.Plan(scope="booking")),
    "chain": chain.run,
}


def main() -> None:
    """Runs the named benchmark, or all."""
    parser = argparse.ArgumentParser(prog="./dev bench", description="Benchmarks, with ratios to a reference.")
    parser.add_argument(
        "name", nargs="?", choices=sorted([*BENCHMARKS, bystander.NAME]), help="one of them; all if left out"
    )
    parser.add_argument("--quick", action="store_true", help="fewer rounds; of `bystander` only")
    arguments = parser.parse_args()
    for name, run in BENCHMARKS.items():
        if arguments.name in (None, name):
            show(run())
    if arguments.name in (None, bystander.NAME):
        bystander.run(quick=arguments.quick)


if __name__ == "__main__":
    main()
