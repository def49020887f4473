"""The stack that is filmed: started from nothing by the command that everybody uses, and gone afterwards."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from demo.failures import DemoFailure
from devstack import env_lines
from devstack.ports import BASE_PORTS, is_free, unused_port
from tests.support.environment import Environment
from tests.support.processes import Processes
from tests.support.stack import RunningStack

REPOSITORY = Path(__file__).resolve().parents[2]
COMMAND_SECONDS = 400
COLUMNS = 116
SETTINGS = {"PAYMENT_PROCESSING_SECONDS": "3", "SWEEP_SECONDS": "2", "HOLDING_GRACE_SECONDS": "6"}


@dataclass(frozen=True)
class FilmedStack:
    """The running stack, and what its start has printed."""

    running: RunningStack
    started: str
    variables: dict[str, str]

    @property
    def environment(self) -> Environment:
        return self.running.environment

    def dev(self, *command: str) -> str:
        """What `./dev` prints on this stack."""
        return self.hide_secrets(_run(self.variables, *command))

    def hide_secrets(self, text: str) -> str:
        """The text without the keys of the object store, which nobody has to see."""
        for secret in (self.environment.s3_access_key, self.environment.s3_secret_key):
            text = text.replace(secret, "•" * min(len(secret), 12))
        return text


@contextmanager
def filmed_stack() -> Iterator[FilmedStack]:
    """On the usual ports where they are free, so that the film shows the addresses that people will see."""
    home = Path(tempfile.mkdtemp(prefix="ticketing-film-"))
    # PostgreSQL may run as another user, who has to pass through.
    home.chmod(0o755)
    (home / "crash-point").touch()
    variables = {
        **_surroundings(),
        **SETTINGS,
        "TICKETING_HOME": str(home),
        "PORT_OFFSET": str(_offset()),
        "CRASH_POINT_FILE": str(home / "crash-point"),
        "COLUMNS": str(COLUMNS),
    }
    try:
        started = _run(variables, "up", "--detach")
        lines = env_lines.read(_run(variables, "env"))
        running = RunningStack(environment=Environment.of(lines), home=home, processes=Processes(home))
        yield FilmedStack(running, re.sub(r"\n{2,}", "\n", started), variables)
    finally:
        _run(variables, "down")
        shutil.rmtree(home, ignore_errors=True)


def _surroundings() -> dict[str, str]:
    """This process's environment without what `./dev demo` has told it of another stack."""
    told = {name.upper() for name in Environment.__dataclass_fields__} | {"S3_URL"}
    return {name: value for name, value in os.environ.items() if name not in told}


def _offset() -> int:
    if all(is_free(port) for port in BASE_PORTS.values()):
        return 0
    while True:
        offset = unused_port() - BASE_PORTS["client"]
        if 1000 < offset < 50_000 and all(is_free(port + offset) for port in BASE_PORTS.values()):
            return offset


def _run(variables: dict[str, str], *command: str) -> str:
    done = subprocess.run(
        [str(REPOSITORY / "dev"), *command],
        cwd=REPOSITORY,
        env=variables,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=COMMAND_SECONDS,
    )
    if done.returncode != 0:
        raise DemoFailure(f"./dev {' '.join(command)} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout
