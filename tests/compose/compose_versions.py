"""Which Compose this machine has: the plug-in of the docker command, and the last of the old `docker-compose`."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass


@dataclass(frozen=True)
class Compose:
    """A Compose and how it is called."""

    command: tuple[str, ...]
    version: str

    @property
    def is_current(self) -> bool:
        """Whether it builds through BuildKit and knows `up --wait`."""
        return not self.version.startswith("1.")


def current() -> Compose | None:
    """Compose v2, if it is installed."""
    found = [one for one in _installed() if one.is_current]
    return found[0] if found else None


def old() -> Compose | None:
    """Compose 1.29, if it is installed."""
    found = [one for one in _installed() if not one.is_current]
    return found[0] if found else None


def best() -> Compose:
    """The newest one."""
    found = current() or old()
    if found is None:
        raise RuntimeError("Neither `docker compose` nor `docker-compose` is installed.")
    return found


def has_buildx() -> bool:
    """Whether `docker compose build` goes through bake."""
    return subprocess.run(["docker", "buildx", "version"], capture_output=True, check=False).returncode == 0


def _installed() -> list[Compose]:
    found = []
    for command in (("docker", "compose"), ("docker-compose",)):
        if shutil.which(command[0]):
            said = subprocess.run([*command, "version", "--short"], capture_output=True, text=True, check=False)
            if said.returncode == 0:
                found.append(Compose(command, said.stdout.strip().removeprefix("v")))
    return found
