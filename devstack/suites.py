"""`./dev test`: which test folders there are, and one pytest session for each."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree as ET

from devstack import capabilities, throwaway_servers
from devstack.failures import StackFailure
from devstack.home import REPOSITORY
from devstack.locks import SERVICES
from devstack.stack import REMEMBERED
from devstack.steps import out

SESSION_SECONDS = 45 * 60
NOTHING_COLLECTED = 5

CROSS_SERVICE_GROUPS = ("e2e", "browser", "postman", "chaos", "compose")
GROUPS = ("unit", "api", *CROSS_SERVICE_GROUPS)

ROOT_UNIT_FOLDERS = ("devstack/tests/unit", "tests/contracts", "tests/model", "seeds/tests")
ROOT_API_FOLDERS = ("devstack/tests/api",)
NOT_OURS = ("DATABASE_URL", "DJANGO_SETTINGS_MODULE", "PYTHONPATH", "TICKETING_HOME", *REMEMBERED)
"""What a test session must not inherit: it would run on somebody's real stack."""


@dataclass(frozen=True)
class Session:
    """One pytest run: sessions are apart because each service has its own root, settings and import path."""

    group: str
    folder: Path
    tests: str
    import_path: Path

    @property
    def title(self) -> str:
        """Where the tests are, from the root of the repository."""
        return str((self.folder / self.tests).relative_to(REPOSITORY))


@dataclass(frozen=True)
class Count:
    """How many tests ended in which way; an error counts as failed."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0

    def __add__(self, other: "Count") -> "Count":
        return Count(self.passed + other.passed, self.failed + other.failed, self.skipped + other.skipped)

    @property
    def total(self) -> int:
        """All of them."""
        return self.passed + self.failed + self.skipped

    def line(self) -> str:
        """The closing line of `./dev test`."""
        return f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped"


def sessions(group: str) -> list[Session]:
    """The pytest sessions of a group; folders that hold no tests are left out."""
    found = [Session(group, REPOSITORY / service, f"tests/{group}", _source(service)) for service in SERVICES]
    if group in CROSS_SERVICE_GROUPS:
        found = [Session(group, REPOSITORY, f"tests/{group}", REPOSITORY)]
    elif group == "unit":
        found += [Session(group, REPOSITORY, folder, REPOSITORY) for folder in ROOT_UNIT_FOLDERS]
    else:
        found += [Session(group, REPOSITORY, folder, REPOSITORY) for folder in ROOT_API_FOLDERS]
    return [session for session in found if any((session.folder / session.tests).rglob("test_*.py"))]


def _source(service: str) -> Path:
    source = REPOSITORY / service / "src"
    return source if source.is_dir() else REPOSITORY / service


def chosen_groups(names: Sequence[str]) -> list[str]:
    """The groups asked for, in their usual order.

    If none was named: all that exist, but `compose`, which takes minutes to build images.
    """
    unknown = [name for name in names if name not in GROUPS]
    if unknown:
        raise StackFailure(f"There is no test group {unknown[0]}; there are: {', '.join(GROUPS)}.")
    if names:
        return [group for group in GROUPS if group in names]
    written = [group for group in GROUPS if group not in CROSS_SERVICE_GROUPS or _is_written(group)]
    return [group for group in written if group != "compose"]


def _is_written(group: str) -> bool:
    return any((REPOSITORY / "tests" / group).glob("*.py"))


def run(names: Sequence[str], extra: Sequence[str]) -> bool:
    """Runs the groups; prints the sum of all sessions as the last line; False if anything failed.

    Without named groups the long ones run in their short form (`TEST_LENGTH=short`).
    """
    environment = {name: value for name, value in os.environ.items() if name not in NOT_OURS}
    environment["TEST_LENGTH"] = "full" if names else environment.get("TEST_LENGTH", "short")
    total = Count()
    with ExitStack() as stack:
        groups = chosen_groups(names)
        if {"unit", "api"} & set(groups):
            environment |= stack.enter_context(throwaway_servers.running()).environment()
        for group in groups:
            total += _run_group(group, environment, extra)
    sys.stdout.write(f"{total.line()}\n")
    return total.failed == 0


def _run_group(group: str, environment: Mapping[str, str], extra: Sequence[str]) -> Count:
    found = sessions(group)
    lack = capabilities.missing(group)
    if lack is not None:
        skipped = Count(skipped=max(1, sum(_collected(session, environment) for session in found)))
        out.print(f"[bold yellow]SKIPPED[/] {group}: {lack} ({skipped.skipped} tests)")
        return skipped
    count = Count()
    for session in found:
        count += _run_session(session, environment, extra)
    if count.total == 0:
        out.print(f"[bold red]FAILED[/] {group}: no test was collected")
        return Count(failed=1)
    return count


def _run_session(session: Session, environment: Mapping[str, str], extra: Sequence[str]) -> Count:
    out.rule(f"{session.group}: {session.title}", align="left")
    begun = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "junit.xml"
        status = _pytest(session, environment, [f"--junitxml={report}", *extra])
        count = _count(report)
    if status not in (0, 1) or (status == 1 and not count.failed):
        reason = "no test was collected" if status == NOTHING_COLLECTED else f"pytest ended with status {status}"
        out.print(f"[bold red]FAILED[/] {session.title}: {reason}")
        count += Count(failed=1)
    out.print(f"[dim]{session.title}: {count.line()} in {time.monotonic() - begun:.0f} s[/]")
    return count


def _pytest(session: Session, environment: Mapping[str, str], arguments: Sequence[str]) -> int:
    command = [sys.executable, "-m", "pytest", session.tests, *arguments]
    try:
        return subprocess.run(
            command,
            cwd=session.folder,
            env={**environment, "PYTHONPATH": str(session.import_path)},
            stdin=subprocess.DEVNULL,
            timeout=SESSION_SECONDS,
        ).returncode
    except subprocess.TimeoutExpired:
        out.print(f"[bold red]TIMEOUT[/] {session.title} did not end within {SESSION_SECONDS // 60} minutes")
        return -1


def _count(report: Path) -> Count:
    try:
        suites = list(ET.parse(report).iter("testsuite"))  # noqa: S314 - written by our own pytest just now
    except (OSError, ET.ParseError):
        return Count()
    numbers = {name: sum(int(s.get(name, "0")) for s in suites) for name in ("tests", "failures", "errors", "skipped")}
    failed = numbers["failures"] + numbers["errors"]
    return Count(max(0, numbers["tests"] - failed - numbers["skipped"]), failed, numbers["skipped"])


def _collected(session: Session, environment: Mapping[str, str]) -> int:
    command = [sys.executable, "-m", "pytest", session.tests, "--collect-only", "-q"]
    listed = subprocess.run(
        command,
        cwd=session.folder,
        env={**environment, "PYTHONPATH": str(session.import_path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ).stdout
    return sum("::" in line for line in listed.splitlines())
