"""`./dev check`: formatter, linter, types, import rules, drift of migrations, OpenAPI documents and locks."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from rich.markup import escape
from rich.table import Table

from devstack import contract_vectors, kit_words, lock_imports, locks, throwaway_servers
from devstack.deadlines import stretched
from devstack.environment import DATABASES, describe
from devstack.home import REPOSITORY, Home
from devstack.locks import KIT, SERVICES
from devstack.openapi import Document, drift
from devstack.processes import Plan, Step, whole_platform
from devstack.steps import out

CHECK_SECONDS = 600
AT_ONCE = 2
LINT_IMPORTS = "from importlinter.cli import lint_imports_command; lint_imports_command()"
"""The program itself, since the tool cannot be run as a module."""

ROOT_PACKAGES = ("devstack", "tests", "bench", "seeds", "postman", "demo", "docs", "docker")


@dataclass(frozen=True)
class Check:
    """One check; `find` returns what is wrong, an empty text if nothing is wrong."""

    name: str
    find: Callable[[], str]


def run(*, update: bool) -> bool:
    """Runs every check and prints its findings; returns False if any check found something.

    `update` rewrites the OpenAPI snapshots instead of comparing them.
    """
    with throwaway_servers.running() as servers:
        plan = _plan(servers)
        checks = [*_code_checks(plan), *_drift_checks(plan, update=update)]
        with ThreadPoolExecutor(AT_ONCE) as pool:
            outcomes = list(pool.map(_timed, checks))
        # The collection is generated from the OpenAPI documents, so its checks follow those that may rewrite them.
        after = list(_postman_checks(update=update))
        checks, outcomes = [*checks, *after], [*outcomes, *map(_timed, after)]
    for check, (found, _) in zip(checks, outcomes, strict=True):
        if found:
            out.rule(f"[red]{check.name}[/]", align="left")
            out.print(escape(found.rstrip()), soft_wrap=True)
    table = Table("check", "result", "time")
    for check, (found, seconds) in zip(checks, outcomes, strict=True):
        table.add_row(check.name, "[red]failed[/]" if found else "[green]ok[/]", f"{seconds:.1f} s")
    out.print(table)
    return not any(found for found, _ in outcomes)


def _timed(check: Check) -> tuple[str, float]:
    begun = time.monotonic()
    try:
        found = check.find()
    except Exception as error:  # noqa: BLE001 - a check that breaks has failed, and the others go on
        found = f"{type(error).__name__}: {error}"
    return found, time.monotonic() - begun


def _plan(servers: throwaway_servers.ThrowawayServers) -> Plan:
    """Returns the plan of `./dev up` for empty databases that only the checks use."""
    servers.postgres.make_databases(dict.fromkeys(DATABASES, "check"))
    urls = {f"{name.upper()}_DATABASE_URL": servers.postgres.role_url(name, "check") for name in DATABASES}
    return whole_platform(describe(Home(servers.folder / "home"), urls))


def _code_checks(plan: Plan) -> Iterator[Check]:
    yield _command("format", REPOSITORY, "-m", "ruff", "format", "--check", "--quiet", ".")
    yield _command("lint", REPOSITORY, "-m", "ruff", "check", "--quiet", ".")
    environments = {process.folder.name: _with_workbench(process.environment) for process in plan.services}
    for service in SERVICES:
        yield _type_check(REPOSITORY / service, environments[service])
    kit = REPOSITORY / KIT
    yield _type_check(kit, _with_workbench({"PYTHONPATH": str(kit / "src")}))
    yield _command(f"imports: {KIT}", kit, "-c", LINT_IMPORTS, PYTHONPATH=str(kit / "src"))
    yield Check(f"words: {KIT}", lambda: "\n".join(kit_words.found(kit / "src")))
    for package in ROOT_PACKAGES:
        if any((REPOSITORY / package).rglob("*.py")):
            yield _command(f"types: {package}", REPOSITORY, "-m", "mypy", package)
    for service in SERVICES:
        if "[tool.importlinter]" in (REPOSITORY / service / "pyproject.toml").read_text():
            yield _command(f"imports: {service}", REPOSITORY / service, "-c", LINT_IMPORTS, **environments[service])
    yield Check("contract vectors", lambda: "\n".join(contract_vectors.missing(REPOSITORY)))
    yield Check("locks", lambda: "\n".join(locks.drifted()))
    for service in SERVICES:
        yield Check(f"lock is enough: {service}", partial(lock_imports.missing, service, environments[service]))


def _type_check(folder: Path, environment: Mapping[str, str]) -> Check:
    """Checks the types of a service or of the shared package, and of its tests."""
    paths = ("src", "tests") if (folder / "src").is_dir() else (".",)
    # Tests beside a `src` import their helpers as `support`, and the workbench.
    search = {"MYPYPATH": os.pathsep.join(("tests", str(REPOSITORY)))} if len(paths) > 1 else {}
    return _command(f"types: {folder.name}", folder, "-m", "mypy", "--strict", *paths, **environment, **search)


def _with_workbench(environment: Mapping[str, str]) -> dict[str, str]:
    """Adds the workbench to a service's import path, since the service's tests import from the workbench."""
    return {**environment, "PYTHONPATH": os.pathsep.join((environment["PYTHONPATH"], str(REPOSITORY)))}


def _command(name: str, folder: Path, *arguments: str, **environment: str) -> Check:
    command = [sys.executable, *arguments]
    return Check(name, lambda: _output_of_failure(command, folder, {**os.environ, **environment}))


def _output_of_failure(command: list[str], folder: Path, environment: Mapping[str, str]) -> str:
    done = subprocess.run(
        command,
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=stretched(CHECK_SECONDS),
    )
    return "" if done.returncode == 0 else done.stdout or f"exit status {done.returncode}"


def _drift_checks(plan: Plan, *, update: bool) -> Iterator[Check]:
    """Yields the checks for drift of migrations and OpenAPI documents; migration checks first upgrade a database."""
    steps = {step.name: step for step in plan.migrations}
    client, ticket, payment = (steps[f"migrate-{name}"] for name in DATABASES)
    yield _migration_check(client, ["manage.py", "makemigrations", "--check", "--dry-run"])
    yield _migration_check(ticket, ["-m", "ticketing.migrate", "--check"])
    yield _migration_check(payment, ["-m", "payments.migrate", "--check"])
    for document in (
        Document("client", client, ["manage.py", "spectacular", "--format", "openapi-json"]),
        Document("ticket", ticket, ["-m", "ticketing.openapi"]),
        Document("payment", payment, ["-m", "payments.openapi"]),
        Document("organizer", ticket, ["-m", "organizer_simulator.openapi"]),
    ):
        yield Check(f"OpenAPI: {document.service}", partial(drift, document, update=update))


def _postman_checks(*, update: bool) -> Iterator[Check]:
    yield _command("Postman collection", REPOSITORY, "-m", "postman.build", *([] if update else ["--check"]))
    yield _command("Postman coverage", REPOSITORY, "-m", "postman.build.coverage")


def _migration_check(migration: Step, arguments: list[str]) -> Check:
    def find() -> str:
        return _output_of_failure(migration.command, migration.folder, migration.environment) or _output_of_failure(
            [sys.executable, *arguments], migration.folder, migration.environment
        )

    return Check(f"migrations: {migration.folder.name}", find)
