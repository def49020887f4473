"""Processes that a stack left behind when it died hard, found by the mark in their environment."""

import os
import signal
from pathlib import Path

import psutil

from devstack.deadlines import stretched
from devstack.home import Home
from devstack.service_environment import STACK_MARK

GRACE_SECONDS = 10


def find(home: Home) -> list[psutil.Process]:
    """Every process that carries the mark of this home, this one and its ancestors left out."""
    ours = {os.getpid(), *(parent.pid for parent in psutil.Process().parents())}
    return [process for process in psutil.process_iter() if process.pid not in ours and _belongs(process, home.path)]


def _belongs(process: psutil.Process, home: Path) -> bool:
    try:
        return bool(process.environ().get(STACK_MARK) == str(home) and process.status() != psutil.STATUS_ZOMBIE)
    except (psutil.Error, OSError):
        return False


def end(home: Home) -> int:
    """Ends them, the supervisor first so that it starts nothing anew; returns how many there were.

    PostgreSQL takes TERM as "wait for all clients", so it gets INT, its fast shutdown, on which all others end too.
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
