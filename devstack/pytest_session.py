"""One pytest run: where its tests are, how it is started, how many tests ended in which way."""

import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO
from xml.etree import ElementTree as ET

from devstack.home import REPOSITORY

SECONDS = 75 * 60
NOTHING_COLLECTED = 5
ENDED_WITH_A_REPORT = (0, 1)


@dataclass(frozen=True)
class Session:
    """Sessions are apart because each service has its own root, settings and import path."""

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


@dataclass(frozen=True)
class Outcome:
    """How a session went; `trouble` is what was wrong with the session itself, and counts as one failed test."""

    count: Count
    trouble: str | None
    seconds: float


def run(
    session: Session, environment: Mapping[str, str], arguments: Sequence[str], output: IO[bytes] | None = None
) -> Outcome:
    """Runs it; what pytest writes goes to `output`, by default to where our own output goes."""
    begun = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "junit.xml"
        status = _pytest(session, environment, [f"--junitxml={report}", *arguments], output)
        count = _count(report)
    trouble = _trouble(status, count)
    if trouble is not None:
        count += Count(failed=1)
    return Outcome(count, trouble, time.monotonic() - begun)


def _trouble(status: int | None, count: Count) -> str | None:
    if status is None:
        return f"did not end within {SECONDS // 60} minutes"
    if status == NOTHING_COLLECTED:
        return "no test was collected"
    if status not in ENDED_WITH_A_REPORT or (status == 1 and not count.failed):
        return f"pytest ended with status {status}"
    return None


def _pytest(
    session: Session, environment: Mapping[str, str], arguments: Sequence[str], output: IO[bytes] | None
) -> int | None:
    try:
        return subprocess.run(
            _command(session, *arguments),
            cwd=session.folder,
            env=_own(session, environment),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT if output else None,
            timeout=SECONDS,
        ).returncode
    except subprocess.TimeoutExpired:
        return None


def collected(session: Session, environment: Mapping[str, str]) -> int:
    """How many tests the session has, without running them."""
    listed = subprocess.run(
        _command(session, "--collect-only", "-q"),
        cwd=session.folder,
        env=_own(session, environment),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ).stdout
    return sum("::" in line for line in listed.splitlines())


def _command(session: Session, *arguments: str) -> list[str]:
    return [sys.executable, "-m", "pytest", session.tests, *arguments]


def _own(session: Session, environment: Mapping[str, str]) -> dict[str, str]:
    return {**environment, "PYTHONPATH": str(session.import_path)}


def _count(report: Path) -> Count:
    try:
        suites = list(ET.parse(report).iter("testsuite"))  # noqa: S314 - written by our own pytest just now
    except (OSError, ET.ParseError):
        return Count()
    numbers = {name: sum(int(s.get(name, "0")) for s in suites) for name in ("tests", "failures", "errors", "skipped")}
    failed = numbers["failures"] + numbers["errors"]
    return Count(max(0, numbers["tests"] - failed - numbers["skipped"]), failed, numbers["skipped"])
