"""Deadlines are unchanged on a quiet machine, longer on a busy one, and never endless."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from devstack import deadlines
from devstack.deadlines import SLOWEST, Deadline, slowness, stretched

QUIET, BUSY = 0.0, 1000.0
"""Load averages of the last minute."""
RIVALS = 6


@pytest.fixture(autouse=True)
def anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """Discards the measurement of earlier tests."""
    monkeypatch.setattr(deadlines, "_last", None)


@pytest.fixture
def instant_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deadlines, "_work", lambda: 0)


def load(patch: pytest.MonkeyPatch, average: float) -> None:
    patch.setattr(os, "getloadavg", lambda: (average, average, average))


def measured_as(patch: pytest.MonkeyPatch, factor: float) -> None:
    patch.setattr(deadlines, "slowness", lambda: factor)


@pytest.fixture
def rivals() -> Iterator[None]:
    """Runs programs that compute without end, and limits them and this process to one core."""
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(allowed)})
    rivals = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(RIVALS)]
    yield
    os.sched_setaffinity(0, allowed)
    for rival in rivals:
        rival.kill()
        rival.wait()


@pytest.mark.usefixtures("instant_work")
def test_a_quiet_machine_stretches_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    load(monkeypatch, QUIET)
    assert stretched(30) == 30


@pytest.mark.usefixtures("rivals")
def test_programs_that_compute_at_the_same_time_stretch_deadlines(monkeypatch: pytest.MonkeyPatch) -> None:
    load(monkeypatch, QUIET)
    monkeypatch.setattr(deadlines, "WORK_ROUNDS", 10 * deadlines.WORK_ROUNDS)  # longer than a time slice
    before = time.thread_time()
    deadlines._work()
    monkeypatch.setattr(deadlines, "QUIET_SECONDS", time.thread_time() - before)
    assert slowness() > RIVALS / 2


@pytest.mark.usefixtures("instant_work")
def test_a_load_that_has_just_gone_still_counts_and_there_is_a_ceiling(monkeypatch: pytest.MonkeyPatch) -> None:
    load(monkeypatch, 3.0 * (os.cpu_count() or 1))
    assert slowness() == 3
    monkeypatch.setattr(deadlines, "_last", None)
    load(monkeypatch, BUSY * (os.cpu_count() or 1))
    assert slowness() == SLOWEST


def test_one_measurement_serves_many_polls(monkeypatch: pytest.MonkeyPatch) -> None:
    works: list[int] = []
    monkeypatch.setattr(deadlines, "_work", lambda: works.append(1))
    for _ in range(100):
        slowness()
    assert works == [1]


def test_a_deadline_is_over_in_its_time_on_a_quiet_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    measured_as(monkeypatch, 1)
    deadline = Deadline(0)
    assert deadline.is_over()


def test_a_load_that_begins_while_a_test_waits_stretches_the_deadline_and_it_still_ends(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = 0.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    measured_as(monkeypatch, 1)
    deadline = Deadline(10)
    measured_as(monkeypatch, 3)
    now = 11
    assert not deadline.is_over()
    measured_as(monkeypatch, 1)
    now = 29
    assert not deadline.is_over()  # granted time is not taken back
    now = 31
    assert deadline.is_over()
    assert deadline.granted == 30
