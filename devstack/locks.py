"""The lock files: one for development with every package, and one per project folder with the same versions."""

import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from devstack.failures import StackFailure
from devstack.home import REPOSITORY
from devstack.package_index import uv_environment
from devstack.steps import step

SERVICES = ("client-django", "ticket-fastapi", "payment-aiohttp", "frontend-streamlit")
PROJECTS = (*SERVICES, "seeds")
KIT = "servicekit"
"""The shared package. It has no lock of its own, since each service's lock contains its libraries."""
DEVELOPMENT = REPOSITORY / "requirements-dev.lock"
COMPILE = (
    *("--universal", "--python-version", "3.11", "--generate-hashes", "--no-header", "--no-annotate"),
    *("--no-emit-index-url", "--no-emit-find-links", "--quiet"),
)
FOREIGN = re.compile(r"://|^\s*--?(?!hash=)[a-z]", re.MULTILINE)
"""Matches an address, or an option other than a hash, both of which would tie a lock to one machine."""


@dataclass(frozen=True)
class Lock:
    """A lock file and the files that it is compiled from."""

    path: Path
    arguments: tuple[str, ...]


def all_locks() -> list[Lock]:
    """Returns all locks, the development lock first because it constrains the others."""
    wanted = ("pyproject.toml", *(f"{project}/pyproject.toml" for project in PROJECTS))
    return [Lock(DEVELOPMENT, (*wanted, "--extra", "wheel-driver", "--group", "dev")), *map(_project_lock, PROJECTS)]


def _project_lock(project: str) -> Lock:
    wanted = REPOSITORY / project / "pyproject.toml"
    extra = ("--extra", "source-driver") if "source-driver" in wanted.read_text() else ()
    return Lock(REPOSITORY / project / "requirements.lock", (str(wanted), *extra, "--constraint", str(DEVELOPMENT)))


def recompile(*, upgrade: bool) -> None:
    """Writes every lock again; pinned versions stay unless `upgrade` is set."""
    for lock in all_locks():
        with step(str(lock.path.relative_to(REPOSITORY))):
            _compile(lock, lock.path, upgrade=upgrade)


def drifted() -> list[str]:
    """Returns a line for each problem of the lock files; an empty text if `recompile` would change nothing."""
    with tempfile.TemporaryDirectory() as name:
        return [problem for lock in all_locks() for problem in _problems(lock, Path(name))]


def _problems(lock: Lock, folder: Path) -> list[str]:
    shown = lock.path.relative_to(REPOSITORY)
    if not lock.path.exists():
        return [f"{shown} is missing; run `./dev lock`"]
    text = lock.path.read_text()
    if found := FOREIGN.search(text):
        return [f"{shown} holds an address or option: {found.group()}"]
    fresh = folder / "fresh.lock"
    shutil.copy(lock.path, fresh)
    _compile(lock, fresh, upgrade=False)
    return [] if fresh.read_text() == text else [f"{shown} does not match the pyproject.toml files; run `./dev lock`"]


def _compile(lock: Lock, target: Path, *, upgrade: bool) -> None:
    command = [sys.executable, "-m", "uv", "pip", "compile", *COMPILE, *lock.arguments, "--output-file", str(target)]
    done = subprocess.run(
        [*command, "--upgrade"] if upgrade else command,
        cwd=REPOSITORY,
        env=uv_environment(sys.executable),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    if done.returncode != 0:
        raise StackFailure(f"{lock.path.name} could not be compiled: {done.stderr.strip()}")
