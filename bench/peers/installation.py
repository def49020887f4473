"""pretix from the package registry, in an environment of its own that stays for the next run."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from devstack.failures import StackFailure
from devstack.package_index import uv_environment
from devstack.steps import step

REQUIREMENTS = Path(__file__).with_name("requirements.txt")
INSTALL_SECONDS = 1800


@dataclass(frozen=True, slots=True)
class Installation:
    """The programs of pretix's environment, below `folder`."""

    folder: Path

    def program(self, name: str) -> str:
        """Returns the path of a program of the environment."""
        return str(self.folder / "bin" / name)


def install(folder: Path) -> Installation:
    """Makes the environment in `folder`, unless it is there with these requirements.

    Raises StackFailure if the registry does not have them or does not answer in time.
    """
    marker = folder / ".installed-from"
    wanted = hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()
    if not marker.exists() or marker.read_text(encoding="utf-8") != wanted:
        with step("install pretix"):
            _uv("venv", "--quiet", "--clear", "--python", sys.executable, str(folder))
            python = str(folder / "bin" / "python")
            _uv("pip", "install", "--quiet", "--python", python, "-r", str(REQUIREMENTS))
        marker.write_text(wanted, encoding="utf-8")
    return Installation(folder)


def _uv(*arguments: str) -> None:
    try:
        done = subprocess.run(
            [sys.executable, "-m", "uv", *arguments], env=uv_environment(sys.executable), timeout=INSTALL_SECONDS
        )
    except subprocess.TimeoutExpired as error:
        raise StackFailure(f"pretix could not be installed within {INSTALL_SECONDS // 60} minutes.") from error
    if done.returncode != 0:
        raise StackFailure("pretix could not be installed; the installer's message is above.")
