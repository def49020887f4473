"""The lock files: one for development, which holds everything, and one per project folder, which agrees with it."""

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
"""What the services share. It has no lock of its own: it runs on what each service's lock has."""
DEVELOPMENT = REPOSITORY / "requirements-dev.lock"
COMPILE = (
    *("--universal", "--python-version", "3.11", "--generate-hashes", "--no-header", "--no-annotate"),
    *("--no-emit-index-url", "--no-emit-find-links", "--quiet"),
)
FOREIGN = re.compile(r"://|^\s*--?(?!hash=)[a-z]", re.MULTILINE)
"""An address, or an option other than a hash: both would tie a lock to one machine."""


@dataclass(frozen=True)
class Lock:
    """One lock file and what it is compiled from."""

    path: Path
    arguments: tuple[str, ...]


def all_locks() -> list[Lock]:
    """The development lock first: the others are constrained by it."""
    wanted = ("pyproject.toml", *(f"{project}/pyproject.toml" for project in PROJECTS))
    return [Lock(DEVELOPMENT, (*wanted, "--extra", "wheel-driver", "--group", "dev")), *map(_project_lock, PROJECTS)]


def _project_lock(project: str) -> Lock:
    wanted = REPOSITORY / project / "pyproject.toml"
    extra = ("--extra", "source-driver") if "source-driver" in wanted.read_text() else ()
    return Lock(REPOSITORY / project / "requirements.lock", (str(wanted), *extra, "--constraint", str(DEVELOPMENT)))


def recompile(*, upgrade: bool) -> None:
    """Writes every lock anew; pinned versions stay as they are unless `upgrade` asks for the newest."""
    for lock in all_locks():
        with step(str(lock.path.relative_to(REPOSITORY))):
            _compile(lock, lock.path, upgrade=upgrade)


def drifted() -> list[str]:
    """What is wrong with the lock files, a line for each; empty if they are what `recompile` would write."""
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
