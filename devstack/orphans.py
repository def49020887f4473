"""Processes that a killed stack has left behind, found by a mark in their environment."""

import os
import signal
from pathlib import Path

import psutil

from devstack.deadlines import stretched
from devstack.home import Home
from devstack.service_environment import STACK_MARK

GRACE_SECONDS = 10


def find(home: Home) -> list[psutil.Process]:
    """Returns every process with the mark of this home, except this process and its ancestors."""
    ours = {os.getpid(), *(parent.pid for parent in psutil.Process().parents())}
    return [process for process in psutil.process_iter() if process.pid not in ours and _belongs(process, home.path)]


def _belongs(process: psutil.Process, home: Path) -> bool:
    try:
        return bool(process.environ().get(STACK_MARK) == str(home) and process.status() != psutil.STATUS_ZOMBIE)
    except (psutil.Error, OSError):
        return False


def end(home: Home) -> int:
    """Ends the orphans and returns their number. The supervisor is killed first, so that it restarts none.

    The others get INT: for PostgreSQL this is the fast shutdown, while TERM would wait for all clients.
    """
    found = find(home)
    found.sort(key=lambda process: "supervisor.supervisord" not in _command(process))
    for process in found:
        if "supervisor.supervisord" in _command(process):
            _send(process, signal.SIGKILL)
        else:
            _send(process, signal.SIGINT)
    _, alive = psutil.wait_procs(found, timeout=stretched(GRACE_SECONDS))
    for process in alive:
        _send(process, signal.SIGKILL)
    psutil.wait_procs(alive, timeout=stretched(GRACE_SECONDS))
    return len(found)


def _command(process: psutil.Process) -> list[str]:
    try:
        command: list[str] = process.cmdline()
    except psutil.Error:
        return []
    return command


def _send(process: psutil.Process, number: int) -> None:
    try:
        process.send_signal(number)
    except psutil.Error:
        return
