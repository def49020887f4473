"""Waits until a process can work."""

import ssl
import time
from collections.abc import Callable

import httpx

from devstack.deadlines import Deadline, stretched
from devstack.failures import StackFailure
from devstack.processes import Process
from devstack.supervision import FAILED_STATES, ProcessState, Supervisor

READY_SECONDS = 120
PROBE_SECONDS = 5
STEADY_SECONDS = 2
"""How long a process without a health URL must stay alive to count as ready."""
TRUSTS_NOBODY = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Without authorities: the loopback needs no TLS, and loading them would take 50 ms at each poll."""

Probe = Callable[[], bool]


def wait(supervisor: Supervisor, process: Process, probe: Probe | None = None) -> None:
    """Returns when the process is ready; fails as soon as it has ended or its deadline has passed.

    `probe` returns whether a process without a health URL is ready.
    """
    deadline = Deadline(READY_SECONDS)
    log = supervisor.home.log(process.name)
    while True:
        state = supervisor.state(process.name)
        if state.statename in FAILED_STATES:
            raise StackFailure(f"{process.name} ended while it started ({_why(state)}).", log)
        if probe() if probe else _answers(process, state):
            return
        if deadline.is_over():
            raise StackFailure(f"{process.name} was not ready within {deadline.granted:.0f} seconds.", log)
        time.sleep(0.1)


def _answers(process: Process, state: ProcessState) -> bool:
    if process.ready_url is None:
        return state.seconds >= STEADY_SECONDS
    return responds(process.ready_url)


def responds(url: str) -> bool:
    """Whether a health URL answers 200."""
    try:
        answer = httpx.get(url, timeout=stretched(PROBE_SECONDS), trust_env=False, verify=TRUSTS_NOBODY)
        return answer.status_code == httpx.codes.OK
    except httpx.HTTPError:
        return False


def _why(state: ProcessState) -> str:
    return state.spawnerr or f"exit status {state.exitstatus}"
