"""One pytest run: where its tests are, how it is started, how it ended."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from devstack import junit
from devstack.deadlines import stretched
from devstack.home import REPOSITORY
from devstack.junit import Count, Results
from devstack.locks import KIT

SECONDS = 75 * 60
WORKBENCH = Path(__file__).resolve().parents[1]
"""Where the tests of all folders find `devstack.deadlines`."""
KIT_SOURCE = WORKBENCH / KIT / "src"
"""Where the services find what they share."""
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
class Outcome:
    """How a session went; `trouble` is what was wrong with the session itself, and counts as one failed test."""

    results: Results
    trouble: str | None
    seconds: float


def run(
    session: Session, environment: Mapping[str, str], arguments: Sequence[str], output: IO[bytes] | None = None
) -> Outcome:
    """Runs it; what pytest writes goes to `output`, by default to where our own output goes."""
    begun = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "junit.xml"
        options = ["-o", "junit_family=xunit1", f"--junitxml={report}"]
        status = _pytest(session, environment, [*options, *arguments], output)
        results = junit.read(report, str(session.folder.relative_to(REPOSITORY)))
    trouble = _trouble(status, results.count)
    if trouble is not None:
        results += Results(Count(failed=1), (f"{session.title}: {trouble}",))
    return Outcome(results, trouble, time.monotonic() - begun)


def _trouble(status: int | None, count: Count) -> str | None:
    if status is None:
        return f"did not end within {SECONDS // 60} minutes of a quiet machine"
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
            timeout=stretched(SECONDS),
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
    return [sys.executable, "-m", "pytest", "-p", "devstack.pytest_deadlines", session.tests, *arguments]


def _own(session: Session, environment: Mapping[str, str]) -> dict[str, str]:
    own = {**environment, "PYTHONPATH": os.pathsep.join(map(str, (session.import_path, KIT_SOURCE, WORKBENCH)))}
    # Tests start well over a hundred processes; each would compile all that it imports anew, which takes it seconds.
    own.pop("PYTHONDONTWRITEBYTECODE", None)
    return own
