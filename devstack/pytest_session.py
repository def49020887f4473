"""One run of pytest: the location of its tests, its command, and its outcome."""

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
"""The import path on which all tests find `devstack.deadlines`."""
KIT_SOURCE = WORKBENCH / KIT / "src"
"""The import path on which the services find the shared package."""
OWN_PLUGINS = ("devstack.pytest_deadlines", "devstack.pytest_garbage")
"""The plugins that every session loads."""
UNUSED_PLUGINS = ("aiohttp", "anyio", "hypothesispytest")
"""The plugins of libraries that no test needs; each session would import them, which takes half a second."""
NOTHING_COLLECTED = 5
ENDED_WITH_A_REPORT = (0, 1)


@dataclass(frozen=True)
class Session:
    """A session of pytest; each service has its own, with its own root, settings and import path."""

    group: str
    folder: Path
    tests: str
    import_path: Path
    only: str | None = None
    """A pattern: the session runs only those test files of the folder whose name matches."""
    without: str | None = None
    """A pattern: another session runs those test files of the folder whose name matches."""

    @property
    def place(self) -> str:
        """The folder of the tests, relative to the repository."""
        return str((self.folder / self.tests).relative_to(REPOSITORY))

    @property
    def title(self) -> str:
        """The folder of the tests, with the pattern if the session runs only some."""
        return f"{self.place}/{self.only}" if self.only else self.place

    def paths(self) -> list[str]:
        """Returns pytest's arguments that name the tests."""
        if self.only:
            return sorted(f"{self.tests}/{path.name}" for path in (self.folder / self.tests).glob(self.only))
        return [self.tests, *([f"--ignore-glob={self.tests}/{self.without}"] if self.without else [])]


@dataclass(frozen=True)
class Outcome:
    """The outcome of a session; `trouble` is a failure of the session itself, which counts as one failed test."""

    results: Results
    trouble: str | None
    seconds: float


def run(
    session: Session, environment: Mapping[str, str], arguments: Sequence[str], output: IO[bytes] | None = None
) -> Outcome:
    """Runs the session; pytest writes to `output`, by default to our own standard output."""
    begun = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "junit.xml"
        options = ["-o", "junit_family=xunit1", f"--junitxml={report}"]
        status = _pytest(session, environment, [*options, *arguments], output)
        results = junit.read(report, str(session.folder.relative_to(REPOSITORY)))
    trouble = None if status == NOTHING_COLLECTED and _chooses(arguments) else _trouble(status, results.count)
    if trouble is not None:
        results += Results(Count(failed=1), (f"{session.title}: {trouble}",))
    return Outcome(results, trouble, time.monotonic() - begun)


def _chooses(arguments: Sequence[str]) -> bool:
    """Whether the arguments choose tests, so that a session may have none of those."""
    return any(argument.startswith(("-k", "-m")) for argument in arguments)


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
    """Returns the number of tests in the session, without running them."""
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
    plugins = (*OWN_PLUGINS, *(f"no:{name}" for name in UNUSED_PLUGINS))
    options = [option for plugin in plugins for option in ("-p", plugin)]
    return [sys.executable, "-m", "pytest", *options, *session.paths(), *arguments]


def _own(session: Session, environment: Mapping[str, str]) -> dict[str, str]:
    own = {**environment, "PYTHONPATH": os.pathsep.join(map(str, (session.import_path, KIT_SOURCE, WORKBENCH)))}
    # Tests start well over a hundred processes; each would compile all that it imports anew, which takes it seconds.
    own.pop("PYTHONDONTWRITEBYTECODE", None)
    return own
