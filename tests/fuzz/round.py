"""One round of made-up requests to every service; Schemathesis makes them up, and compares each answer."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from rich.markup import escape

from bench.report import out
from devstack.deadlines import stretched
from devstack.package_index import uv_environment
from tests.contracts.files import CONTRACTS
from tests.fuzz.found import Found
from tests.fuzz.links import followed
from tests.fuzz.scene import arranged
from tests.fuzz.targets import Target, targets
from tests.support.client_api import tokens_of
from tests.support.environment import Environment
from tests.support.http import ProblemError
from tests.support.waiting import until

LOCK = Path(__file__).with_name("schemathesis.lock")
"""Not among the development packages: its plugin would be loaded by every session of pytest."""
SCHEMATHESIS = (
    *(sys.executable, "-m", "uv", "run", "--quiet", "--isolated", "--no-project"),
    *("--with-requirements", str(LOCK), "schemathesis"),
)
INSTALL_SECONDS = 60
SIGN_IN_SECONDS, SIGN_IN_AGAIN_SECONDS = 120, 5
SECONDS = 1200
"""The longest time for one service on a quiet machine."""
CHECKS = (
    "not_a_server_error",
    "response_schema_conformance",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
)
OPTIONS = (
    *("--checks", ",".join(CHECKS), "--request-timeout", "30"),
    *("--no-shrink", "--continue-on-failure", "--generation-database", "none", "--suppress-health-check", "all"),
    *("--warnings", "off", "--no-color", "--report", "json,ndjson"),
)
CONFIGURATION = """
[phases.fuzzing.generation]
max-examples = {examples}
[phases.stateful.generation]
max-examples = {chains}
[phases.stateful.inference]
algorithms = []
"""
"""Chains follow the links of the document alone: those that are guessed are several times as many and lead nowhere."""


@dataclass(frozen=True)
class Size:
    """How much a round sends: `examples` for each operation, `chains` of about seven requests for each service.

    With `on_limits` also every value on the limits of the document and beyond them, which no seed changes.
    """

    examples: int
    chains: int
    on_limits: bool


def is_installable() -> bool:
    """Whether Schemathesis is there, or can be got from the package index."""
    try:
        done = subprocess.run(
            [*SCHEMATHESIS, "--version"],
            env=uv_environment(sys.executable),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=stretched(INSTALL_SECONDS),
        )
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0


def run_round(environment: Environment, size: Size, seed: int) -> Iterator[Found]:
    """Yields what was found with each service; a service may come more than once."""
    _await_sign_in(environment)
    with arranged(environment):
        for target in targets(environment):
            yield _run(target, size, seed)


def _await_sign_in(environment: Environment) -> None:
    """Returns once this address may sign in: the round before has used up its tries."""
    until(
        lambda: tokens_of(environment.client_url, environment.staff_email, environment.staff_password),
        what="staff may sign in again",
        seconds=SIGN_IN_SECONDS,
        ignore=(ProblemError,),
        look_again=SIGN_IN_AGAIN_SECONDS,
    )


def _run(target: Target, size: Size, seed: int) -> Found:
    chosen = {"coverage": size.on_limits, "fuzzing": True, "stateful": target.has_links}
    phases = [phase for phase, is_chosen in chosen.items() if is_chosen]
    with tempfile.TemporaryDirectory() as folder:
        report, events = Path(folder) / "report.json", Path(folder) / "events.ndjson"
        configuration = CONFIGURATION.format(examples=size.examples, chains=size.chains)
        (Path(folder) / "schemathesis.toml").write_text(configuration, encoding="utf-8")
        done = subprocess.run(
            [
                *(*SCHEMATHESIS, "run"),
                *(str(CONTRACTS / f"openapi/{target.name}.json"), "--url", target.url),
                *("--header", f"Authorization: Bearer {target.key}", "--seed", str(seed), "--phases", ",".join(phases)),
                *(*OPTIONS, *target.options),
                *("--report-json-path", str(report), "--report-ndjson-path", str(events)),
            ],
            cwd=folder,
            env=uv_environment(sys.executable),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=stretched(SECONDS),
        )
        if not report.exists():
            raise RuntimeError(f"Schemathesis ended with {done.returncode}: {done.stdout[-2000:]}")
        found = Found.of_report(target.name, json.loads(report.read_text(encoding="utf-8")), followed(events))
    out.print(f"· seed {seed}: {found}", soft_wrap=True)
    if found.is_wrong:
        out.print(escape(done.stdout), soft_wrap=True)
    return found
