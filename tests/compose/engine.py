"""The Docker engine of this machine, and commands to it."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
COMMAND_SECONDS = 120
BUILD_SECONDS = 1800


def run(*command: str, seconds: float = COMMAND_SECONDS, environment: Mapping[str, str] | None = None) -> str:
    """The output of a command; its last lines in the error when it fails."""
    return run_noting_errors(*command, seconds=seconds, environment=environment)[0]


def run_noting_errors(
    *command: str, seconds: float = COMMAND_SECONDS, environment: Mapping[str, str] | None = None
) -> tuple[str, str]:
    """The output of a command, and what it wrote to its error output, where Compose reports its progress."""
    done = subprocess.run(
        command, cwd=REPOSITORY, env=environment, capture_output=True, text=True, timeout=seconds, check=False
    )
    if done.returncode != 0:
        tail = "\n".join((done.stdout + done.stderr).splitlines()[-25:])
        raise RuntimeError(f"{' '.join(command)} failed ({done.returncode}):\n{tail}")
    return done.stdout, done.stderr


def succeeds(*command: str, seconds: float = COMMAND_SECONDS) -> bool:
    """Whether a command is there and ends well."""
    try:
        return (
            subprocess.run(command, cwd=REPOSITORY, capture_output=True, timeout=seconds, check=False).returncode == 0
        )
    except OSError:
        return False


def is_here(image: str) -> bool:
    return succeeds("docker", "image", "inspect", image)
