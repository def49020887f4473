"""`python -m tests.fuzz [--cases N] [--seed N]`, run by `./dev fuzz`.

Schemathesis sends requests of every kind, alone and in chains, to the running services, and compares each answer with
the service's OpenAPI document. It fills the stack with what it makes up, and changes its simulation: `TICKETING_HOME`
and `PORT_OFFSET` give it one of its own.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from uuid import uuid4

from rich.markup import escape

from bench.report import out
from devstack.package_index import uv_environment
from tests.contracts.files import CONTRACTS
from tests.fuzz.found import Found, keep, show
from tests.support.client_api import ClientApi, tokens_of
from tests.support.environment import Environment
from tests.support.organizer_api import OrganizerApi
from tests.support.payment_api import PaymentApi
from tests.support.world import PASSWORD

LOCK = Path(__file__).with_name("schemathesis.lock")
"""Not among the development packages: its plugin would be loaded by every session of pytest."""
OWN_ACCOUNT = "/(auth|users)(/|$)"
EXAMPLES = 20
"""For each operation, in each round."""
CHECKS = (
    "not_a_server_error",
    "response_schema_conformance",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
)
OPTIONS = (
    *("--checks", ",".join(CHECKS), "--max-examples", str(EXAMPLES), "--request-timeout", "30"),
    *("--no-shrink", "--continue-on-failure", "--generation-database", "none", "--suppress-health-check", "all"),
    *("--warnings", "off", "--no-color", "--report", "json"),
)


@dataclass(frozen=True)
class Target:
    """A service, a key, and what is asked with it."""

    name: str
    url: str
    key: str
    options: tuple[str, ...] = ()


def targets(environment: Environment) -> Iterator[Target]:
    """Yields the services; last the organizer, since what is set for it slows ticket down."""
    url = environment.client_url
    staff = tokens_of(url, environment.staff_email, environment.staff_password)
    # Accounts change and close themselves, so staff's is left alone.
    yield Target("client", url, staff.access, ("--exclude-path-regex", OWN_ACCOUNT))
    email = f"fuzz-{uuid4().hex[:12]}@example.com"
    ClientApi.register(url, email=email, password=PASSWORD, name="Fuzz").close()
    yield Target("client", url, tokens_of(url, email, PASSWORD).access, ("--include-path-regex", OWN_ACCOUNT))
    yield Target("ticket", environment.ticket_url, environment.ticket_api_key)
    yield Target("payment", environment.payment_url, environment.payment_api_key)
    yield Target("organizer", environment.organizer_url, environment.organizer_api_key)


def main() -> int:
    """Runs rounds until enough cases were sent; returns 1 if any answer was wrong."""
    parser = argparse.ArgumentParser(prog="./dev fuzz", description="Compares answers with the OpenAPI documents.")
    parser.add_argument("--cases", type=int, default=20_000, help="at least so many requests (20000)")
    parser.add_argument("--seed", type=int, default=1, help="of the first round (1)")
    asked = parser.parse_args()
    sums: dict[str, Found] = {}
    for seed in count(asked.seed):
        for target in targets(Environment.of_process()):
            _run(target, seed, is_first=seed == asked.seed, found=sums.setdefault(target.name, Found(target.name)))
            # Each time, so that a run that is interrupted has figures, too.
            file = keep(list(sums.values()), seeds=f"{asked.seed} to {seed}", examples=EXAMPLES)
        _calm(Environment.of_process())
        if sum(each.cases for each in sums.values()) >= asked.cases:
            break
    found = list(sums.values())
    show(found)
    out.print(f"[dim]{file}[/]")
    return 1 if any(each.is_wrong for each in found) else 0


def _calm(environment: Environment) -> None:
    """Takes back what a round may have set, so that the next one does not wait for it."""
    calm = {"latency_ms": 0, "failure_rate": 0, "next_outcomes": []}
    OrganizerApi(environment.organizer_url, environment.organizer_api_key).simulate(**calm)
    PaymentApi(environment.payment_url, environment.payment_api_key).simulate(**calm)


def _run(target: Target, seed: int, *, is_first: bool, found: Found) -> None:
    phases = ("coverage", "fuzzing", "stateful") if is_first else ("fuzzing", "stateful")
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        done = subprocess.run(
            [
                *(sys.executable, "-m", "uv", "run", "--quiet", "--isolated", "--no-project"),
                *("--with-requirements", str(LOCK), "schemathesis", "run"),
                *(str(CONTRACTS / f"openapi/{target.name}.json"), "--url", target.url),
                *("--header", f"Authorization: Bearer {target.key}", "--seed", str(seed), "--phases", ",".join(phases)),
                *(*OPTIONS, *target.options),
                *("--report-json-path", str(report)),
            ],
            cwd=folder,
            env=uv_environment(sys.executable),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        text = report.read_text(encoding="utf-8") if report.exists() else ""
    if not text:
        raise RuntimeError(f"Schemathesis ended with {done.returncode}: {done.stdout[-2000:]}")
    this = Found.of_report(target.name, json.loads(text))
    found.add(this)
    out.print(f"· seed {seed}: {this}", soft_wrap=True)
    if this.is_wrong:
        out.print(escape(done.stdout), soft_wrap=True)


if __name__ == "__main__":
    sys.exit(main())
