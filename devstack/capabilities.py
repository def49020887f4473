"""What this machine lacks for a test group."""

import contextlib
import os
import shutil
import subprocess
from collections.abc import Callable

from devstack import chromium
from devstack.deadlines import stretched
from devstack.home import REPOSITORY
from devstack.steps import out

INSTALL_SECONDS = 600
ENGINE_SECONDS = 20
ENGINE_STARTER = REPOSITORY.parent / "shared" / "tools" / "docker-here"
"""Starts a Docker engine on a Debian machine that has none; used where it is present."""


def missing(group: str) -> str | None:
    """What a test group needs and this machine does not have; None if it can run."""
    checks: dict[str, Callable[[], str | None]] = {"browser": _missing_browser, "compose": _missing_engine}
    return checks[group]() if group in checks else None


def _missing_browser() -> str | None:
    if chromium.installed():
        return None
    if os.geteuid() == 0 and shutil.which("apt-get"):
        out.print("· no Chromium here; trying to install it")
        _install("chromium")
    return None if chromium.installed() else "no Chromium on this machine"


def _install(package: str) -> None:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["apt-get", "update"], ["apt-get", "install", "-y", "--no-install-recommends", package]):
        try:
            subprocess.run(command, env=environment, capture_output=True, timeout=stretched(INSTALL_SECONDS))
        except (OSError, subprocess.TimeoutExpired):
            return


def _missing_engine() -> str | None:
    if _engine_answers():
        return None
    if os.geteuid() == 0 and ENGINE_STARTER.exists():
        out.print("· no Docker engine here; trying to start one")
        with contextlib.suppress(OSError, subprocess.TimeoutExpired):
            subprocess.run([str(ENGINE_STARTER), "start"], capture_output=True, timeout=stretched(INSTALL_SECONDS))
    return None if _engine_answers() else "no Docker engine answers on this machine"


def _engine_answers() -> bool:
    docker = shutil.which("docker")
    if docker is None:
        return False
    try:
        return subprocess.run([docker, "info"], capture_output=True, timeout=stretched(ENGINE_SECONDS)).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False
