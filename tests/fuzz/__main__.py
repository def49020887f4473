"""`python -m tests.fuzz [--cases N] [--seed N]`, run by `./dev fuzz`.

Schemathesis sends requests of every kind, alone and in chains, to the running services, and compares each answer with
the service's OpenAPI document. It fills the stack with what it makes up, and changes its simulation: `TICKETING_HOME`
and `PORT_OFFSET` give it one of its own.
"""

from __future__ import annotations

import argparse
import sys
from itertools import count

from bench.report import out
from tests.fuzz.found import Found, keep, show
from tests.fuzz.round import Size, run_round
from tests.support.environment import Environment

EXAMPLES, CHAINS = 40, 200


def main() -> int:
    """Runs rounds until enough cases were sent; returns 1 if any answer was wrong."""
    parser = argparse.ArgumentParser(prog="./dev fuzz", description="Compares answers with the OpenAPI documents.")
    parser.add_argument("--cases", type=int, default=20_000, help="at least so many requests (20000)")
    parser.add_argument("--seed", type=int, default=1, help="of the first round (1)")
    asked = parser.parse_args()
    sums: dict[str, Found] = {}
    for seed in count(asked.seed):
        size = Size(EXAMPLES, CHAINS, on_limits=seed == asked.seed)
        for found in run_round(Environment.of_process(), size, seed):
            sums.setdefault(found.document, Found(found.document)).add(found)
            # Each time, so that a run that is interrupted has figures, too.
            file = keep(list(sums.values()), seeds=f"{asked.seed} to {seed}", examples=EXAMPLES)
        if sum(each.cases for each in sums.values()) >= asked.cases:
            break
    show(list(sums.values()))
    out.print(f"[dim]{file}[/]")
    return 1 if any(each.is_wrong for each in sums.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
