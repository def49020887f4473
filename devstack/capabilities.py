"""Finds out what a test group needs and this machine lacks."""

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
"""A script that starts a Docker engine on a Debian machine; used if it is present and no engine runs."""
COMPOSE_MAKER = ENGINE_STARTER.with_name("compose-v2-here")
"""A script that builds the current Compose and buildx; used if it is present and they are not installed."""
COMPOSE_SECONDS = 1800


def missing(group: str) -> str | None:
    """Returns what a test group needs and this machine lacks; None if the group can run."""
    checks: dict[str, Callable[[], str | None]] = {"browser": _missing_browser, "compose": _missing_compose}
    return checks[group]() if group in checks else None


def _missing_browser() -> str | None:
    if chromium.installed():
        return None
    if os.geteuid() == 0 and shutil.which("apt-get"):
        out.print("· no Chromium here; trying to install it")
        _install(*chromium.PACKAGES)
    return None if chromium.installed() else "no Chromium on this machine"


def _install(*packages: str) -> None:
    """Installs the first of these packages that can be installed."""
    _apt_get("update")
    for package in packages:
        if _apt_get("install", "-y", "--no-install-recommends", package):
            return


def _apt_get(*arguments: str) -> bool:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    try:
        done = subprocess.run(
            ["apt-get", *arguments], env=environment, capture_output=True, timeout=stretched(INSTALL_SECONDS)
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def _missing_compose() -> str | None:
    """Returns the missing engine or Compose; an older Compose is accepted, and some tests are then skipped."""
    lack = _missing_engine()
    if lack is not None:
        return lack
    if not _has_current_compose() and COMPOSE_MAKER.exists():
        out.print("· no current Compose here; trying to build it, which takes minutes")
        with contextlib.suppress(OSError, subprocess.TimeoutExpired):
            subprocess.run([str(COMPOSE_MAKER)], capture_output=True, timeout=COMPOSE_SECONDS)
    if _has_current_compose():
        return None
    if not _runs("docker", "compose", "version") and not _runs("docker-compose", "version"):
        return "neither `docker compose` nor `docker-compose` on this machine"
    out.print("[bold yellow]No `docker compose` with buildx here:[/] what only the current Compose does is not tested")
    return None


def _has_current_compose() -> bool:
    return _runs("docker", "compose", "version") and _runs("docker", "buildx", "version")


def _missing_engine() -> str | None:
    if _runs("docker", "info"):
        return None
    if os.geteuid() == 0 and ENGINE_STARTER.exists():
        out.print("· no Docker engine here; trying to start one")
        with contextlib.suppress(OSError, subprocess.TimeoutExpired):
            subprocess.run([str(ENGINE_STARTER), "start"], capture_output=True, timeout=stretched(INSTALL_SECONDS))
    return None if _runs("docker", "info") else "no Docker engine answers on this machine"


def _runs(*command: str) -> bool:
    try:
        return subprocess.run(command, capture_output=True, timeout=stretched(ENGINE_SECONDS)).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False
