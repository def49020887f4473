"""Waits until a process can work."""

import time
from collections.abc import Callable

from devstack import local_http
from devstack.deadlines import Deadline
from devstack.failures import StackFailure
from devstack.processes import Process
from devstack.supervision import FAILED_STATES, ProcessState, Supervisor

READY_SECONDS = 120
PROBE_SECONDS = 5
STEADY_SECONDS = 2
"""How long a process without a health URL must stay alive to count as ready."""
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS, GROWTH = 0.05, 0.3, 1.3
"""Each pause between two looks is longer than the last, since looking takes processor time from those who start."""

Probe = Callable[[], bool]


def wait(supervisor: Supervisor, process: Process, probe: Probe | None = None) -> None:
    """Returns when the process is ready; fails as soon as it has ended or its deadline has passed.

    `probe` returns whether a process without a health URL is ready.
    """
    deadline = Deadline(READY_SECONDS)
    pause = FIRST_PAUSE_SECONDS
    log = supervisor.home.log(process.name)
    while True:
        state = supervisor.state(process.name)
        if state.statename in FAILED_STATES:
            raise StackFailure(f"{process.name} ended while it started ({_why(state)}).", log)
        if probe() if probe else _answers(process, state):
            return
        if deadline.is_over():
            raise StackFailure(f"{process.name} was not ready within {deadline.granted:.0f} seconds.", log)
        time.sleep(pause)
        pause = min(pause * GROWTH, LONGEST_PAUSE_SECONDS)


def _answers(process: Process, state: ProcessState) -> bool:
    if process.ready_url is None:
        return state.seconds >= STEADY_SECONDS
    return responds(process.ready_url)


def responds(url: str) -> bool:
    """Whether a health URL answers 200."""
    try:
        status, _ = local_http.get(url, PROBE_SECONDS)
    except OSError:
        return False
    return status == local_http.OK


def _why(state: ProcessState) -> str:
    return state.spawnerr or f"exit status {state.exitstatus}"
