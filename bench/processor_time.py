"""The processor time and the memory that each process of a stack has used, with its children."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import psutil

from tests.support.processes import PROCESSES
from tests.support.stack import RunningStack

Seconds = dict[str, float]
"""Processor time by the name of a process of the stack."""
WITH_FRONTEND = (*PROCESSES, "frontend")


def seconds_used(stack: RunningStack, names: Sequence[str] = PROCESSES) -> Seconds:
    """Returns the processor time since each process began, with that of its children, ended ones included."""
    return {name: seconds_of(stack.processes.pid(name)) for name in names}


def seconds_of(pid: int) -> float:
    """Returns the processor time of a process and its children, ended ones included, in seconds."""
    return sum(_seconds(each) for each in _tree(pid))


def precise_seconds(stack: RunningStack, names: Sequence[str]) -> Seconds:
    """Returns the same in nanoseconds' precision, for the work of a moment; without ended children (Linux)."""
    return {name: sum(_scheduled(each) for each in _tree(stack.processes.pid(name))) for name in names}


def between(before: Seconds, after: Seconds) -> Seconds:
    """Returns what was used between the two; raises RuntimeError if a process was started anew meanwhile."""
    used = {name: after[name] - before[name] for name in after}
    restarted = [name for name, seconds in used.items() if seconds < 0]
    if restarted:
        raise RuntimeError(f"Started anew during the measurement: {', '.join(restarted)}.")
    return used


def memory_bytes(stack: RunningStack, names: Sequence[str] = PROCESSES) -> dict[str, int]:
    """Returns the memory of each process and its children; what processes share is counted in equal parts (Linux)."""
    return {name: sum(_memory(each) for each in _tree(stack.processes.pid(name))) for name in names}


def _tree(pid: int) -> list[psutil.Process]:
    # Where PostgreSQL runs as another user, what the supervisor started is only the program that changes the user.
    root = psutil.Process(pid)
    return [root, *root.children(recursive=True)]


def _seconds(process: psutil.Process) -> float:
    with suppress(psutil.NoSuchProcess):
        times = process.cpu_times()
        # A server of PostgreSQL ends with its connection; its time then counts as that of a child of the first one.
        return float(times.user + times.system + times.children_user + times.children_system)
    return 0.0


def _scheduled(process: psutil.Process) -> float:
    seconds = 0.0
    for thread in Path(f"/proc/{process.pid}/task").glob("*/schedstat"):
        with suppress(OSError):
            seconds += int(thread.read_text().split()[0]) / 1e9
    return seconds


def _memory(process: psutil.Process) -> int:
    with suppress(psutil.NoSuchProcess, psutil.AccessDenied):
        memory = process.memory_full_info()
        return int(getattr(memory, "pss", memory.uss))
    return 0
