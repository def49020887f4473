"""A program that runs while a block runs."""

import sys
from pathlib import Path

import pytest

from devstack import running_program as module
from devstack.deadlines import Deadline
from devstack.failures import StackFailure
from devstack.running_program import running_program

READY = "import os, signal, time; print(os.environ['NAME'], flush=True)"
DEAF = "import signal, time; signal.signal(15, signal.SIG_IGN); print('ready', flush=True); time.sleep(600)"


def await_line(log: Path) -> str:
    deadline = Deadline(20)
    while not deadline.is_over():
        if log.read_text().endswith("\n"):
            return log.read_text()
    raise AssertionError("the program wrote nothing")


def test_it_gets_its_environment_writes_its_log_and_ends_with_the_block(tmp_path: Path) -> None:
    log = tmp_path / "log"
    command = [sys.executable, "-c", f"{READY}; time.sleep(600)"]
    with running_program(command, log, environment={"NAME": "pretix"}) as program:
        assert await_line(log) == "pretix\n"
        assert program.poll() is None
    assert program.returncode == -15


def test_one_that_ignores_the_signal_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "STOP_SECONDS", 0.1)
    log = tmp_path / "log"
    with running_program([sys.executable, "-c", DEAF], log) as program:
        await_line(log)
    assert program.returncode == -9


def test_one_that_cannot_be_started_is_named(tmp_path: Path) -> None:
    with (
        pytest.raises(StackFailure, match="no-such-program could not be started"),
        running_program(["/no-such-program"], tmp_path / "log"),
    ):
        pass
