"""Starting, watching and stopping a whole stack with real servers and two tiny services."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable

import httpx
import psutil
import pytest

from devstack import orphans, ports, prepared
from devstack.deadlines import Deadline, stretched
from devstack.environment import DEMO_EMAIL, DEMO_PASSWORD, STAFF_EMAIL, STAFF_PASSWORD
from devstack.failures import StackFailure
from devstack.home import REPOSITORY, Home
from devstack.tests import fake_platform
from devstack.tests.conftest import free_offset

DEADLINE_SECONDS = 60
LAST_WORD = STAFF_PASSWORD
SIGNALS = [signal.SIGHUP]
"""In the short form, other tests here end the foreground command with SIGINT and SIGTERM."""
if os.environ.get("TEST_LENGTH", "full") == "full":
    SIGNALS += [signal.SIGINT, signal.SIGTERM]


def eventually(condition: Callable[[], bool]) -> None:
    deadline = Deadline(DEADLINE_SECONDS)
    while not condition():
        assert not deadline.is_over(), "it did not happen in time"
        time.sleep(0.05)


def answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=stretched(5)).status_code == 200
    except httpx.HTTPError:
        return False


def program(
    home: Home, offset: str, *arguments: str, hang_up: signal.Handlers = signal.SIG_DFL
) -> "subprocess.Popen[str]":
    """Runs the fake platform's `./dev up` as a process.

    `hang_up` is its first handler of SIGHUP, so that a `nohup` around the tests makes no difference.
    """
    own = {"TICKETING_HOME": str(home.path), "PORT_OFFSET": offset, "PYTHONPATH": str(REPOSITORY)}
    before = signal.signal(signal.SIGHUP, hang_up)
    try:
        return subprocess.Popen(
            [sys.executable, "-m", "devstack.tests.fake_platform", "up", *arguments],
            env={**os.environ, prepared.VARIABLE: str(prepared.shared_folder()), **own},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
    finally:
        signal.signal(signal.SIGHUP, before)


def read_until(running: "subprocess.Popen[str]", wanted: str) -> str:
    """Returns the output up to the line that contains `wanted`; all of it if no line does."""
    assert running.stdout is not None
    shown = ""
    for line in running.stdout:
        shown += line
        if wanted in line:
            break
    return shown


def test_up_makes_everything_ready_and_down_leaves_no_process(home: Home, offset: str) -> None:
    stack = fake_platform.stack(home, PORT_OFFSET=offset)
    stack.up()
    assert {state.statename for state in stack.states()} <= {"RUNNING", "STARTING"}
    assert stack.down()
    assert orphans.find(home) == []
    assert not stack.down()


def test_a_setting_reaches_the_running_service_and_the_data_outlives_a_restart(
    home: Home, offset: str, given_store: dict[str, str]
) -> None:
    stack = fake_platform.stack(home, **given_store, PORT_OFFSET=offset, LOG_LEVEL="DEBUG")
    url = stack.up().ports.url("client")
    assert httpx.get(url).text == "DEBUG"
    stack.down()
    created = (home.postgres / "PG_VERSION").stat().st_mtime
    stack.up()
    assert (home.postgres / "PG_VERSION").stat().st_mtime == created


def test_a_killed_process_comes_back_by_itself(home: Home, offset: str, given_store: dict[str, str]) -> None:
    stack = fake_platform.stack(home, **given_store, PORT_OFFSET=offset)
    url = stack.up().ports.url("client")
    for name in ("client", "postgres"):
        killed = stack.supervisor.state(name).pid
        os.kill(killed, signal.SIGKILL)
        eventually(lambda: stack.supervisor.state(name).pid not in (0, killed))  # noqa: B023 - called at once
    eventually(lambda: answers(url))


def test_a_second_up_finds_the_first(home: Home, offset: str, given_store: dict[str, str]) -> None:
    stack = fake_platform.stack(home, **given_store, PORT_OFFSET=offset)
    stack.up()
    pids = {state.pid for state in stack.states()}
    elsewhere = fake_platform.stack(home)
    assert elsewhere.up().ports.offset == int(offset)
    assert {state.pid for state in elsewhere.states()} == pids


def test_a_stack_that_was_killed_hard_is_healed_by_the_next_up(home: Home, offset: str) -> None:
    stack = fake_platform.stack(home, PORT_OFFSET=offset)
    stack.up()
    left_behind = {state.pid for state in stack.states()}
    supervisor = int((home.run / "supervisord.pid").read_text())
    os.kill(supervisor, signal.SIGKILL)
    eventually(lambda: not stack.is_up())
    assert all(psutil.pid_exists(pid) for pid in left_behind)
    stack.up()
    assert not left_behind & {state.pid for state in stack.states()}
    assert answers(stack.environment().ports.url("client"))


def test_a_port_in_use_is_named_with_its_holder_and_a_way_out(home: Home, offset: str) -> None:
    taken = ports.Ports(int(offset)).of("client")
    with socket.create_server((ports.HOST, taken)), pytest.raises(StackFailure) as failure:
        fake_platform.stack(home, PORT_OFFSET=offset).up()
    assert f"Port {taken}, needed for client, is in use" in failure.value.sentence
    assert f"process {os.getpid()}" in failure.value.sentence
    assert "PORT_OFFSET=" in failure.value.sentence
    assert orphans.find(home) == []


def test_a_failed_step_is_reported_with_its_log_and_everything_is_stopped(
    home: Home, offset: str, given_store: dict[str, str]
) -> None:
    stack = fake_platform.stack(home, **given_store, PORT_OFFSET=offset, FAKE_STEP_FAILS="yes")
    with pytest.raises(StackFailure, match=r"client migrations.*exit status 7") as failure:
        stack.up()
    assert failure.value.log is not None
    assert failure.value.log.read_text() == "about to end\n"
    assert orphans.find(home) == []


def test_two_stacks_live_side_by_side(home: Home, offset: str) -> None:
    other_home = Home(home.path.parent / "other")
    one = fake_platform.stack(home, PORT_OFFSET=offset)
    one.up()
    other = fake_platform.stack(other_home, PORT_OFFSET=free_offset(int(offset) + 50))
    try:
        other.up()
        one.down()
        assert answers(other.environment().ports.url("client"))
        assert orphans.find(home) == []
    finally:
        other.down()


def test_reset_deletes_everything(home: Home, offset: str, given_store: dict[str, str]) -> None:
    stack = fake_platform.stack(home, **given_store, PORT_OFFSET=offset)
    stack.up()
    stack.reset()
    assert not home.path.exists()
    assert orphans.find(home) == []


@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_to_the_foreground_command_leaves_nothing_running(home: Home, offset: str, number: int) -> None:
    running = program(home, offset)
    try:
        # The last line before it waits; the stack is up a moment earlier.
        shown = read_until(running, LAST_WORD)
        running.send_signal(number)
        rest, _ = running.communicate(timeout=stretched(DEADLINE_SECONDS))
    finally:
        running.kill()
    output = shown + rest
    assert running.returncode == 130, output
    dashboard = ports.Ports(int(offset)).url("frontend")
    assert [line.split(maxsplit=1)[-1] for line in shown.splitlines()[-4:]] == [
        "is ready. Ctrl-C stops it.",
        dashboard,
        f"{DEMO_EMAIL} / {DEMO_PASSWORD}",
        f"{STAFF_EMAIL} / {STAFF_PASSWORD}",
    ]
    assert "Traceback" not in output
    assert orphans.find(home) == []


def test_under_nohup_the_foreground_command_survives_a_hang_up(home: Home, offset: str) -> None:
    running = program(home, offset, hang_up=signal.SIG_IGN)
    try:
        shown = read_until(running, LAST_WORD)
        running.send_signal(signal.SIGHUP)
        client = fake_platform.stack(home, PORT_OFFSET=offset).supervisor.state("client").pid
        os.kill(client, signal.SIGKILL)
        assert "client had ended and was started again" in read_until(running, "started again"), shown
        running.send_signal(signal.SIGINT)
        output, _ = running.communicate(timeout=stretched(DEADLINE_SECONDS))
    finally:
        running.kill()
    assert running.returncode == 130, output
    assert orphans.find(home) == []


def test_a_signal_in_the_middle_of_the_start_leaves_nothing_running(home: Home, offset: str) -> None:
    running = program(home, offset)
    try:
        eventually(lambda: home.log("postgres").exists())
        running.send_signal(signal.SIGTERM)
        output, _ = running.communicate(timeout=stretched(DEADLINE_SECONDS))
    finally:
        running.kill()
    assert running.returncode == 130, output
    assert "Traceback" not in output
    assert orphans.find(home) == []


def test_a_detached_start_returns_when_all_is_ready(home: Home, offset: str) -> None:
    running = program(home, offset, "--detach")
    output, _ = running.communicate(timeout=stretched(DEADLINE_SECONDS))
    assert running.returncode == 0, output
    stack = fake_platform.stack(home)
    assert answers(stack.environment().ports.url("client"))
    assert stack.down()


def test_the_foreground_command_ends_everything_when_its_supervisor_is_killed(home: Home, offset: str) -> None:
    running = program(home, offset)
    try:
        eventually(fake_platform.stack(home, PORT_OFFSET=offset).is_up)
        os.kill(int((home.run / "supervisord.pid").read_text()), signal.SIGKILL)
        output, _ = running.communicate(timeout=stretched(DEADLINE_SECONDS))
    finally:
        running.kill()
    assert running.returncode == 1, output
    assert "The process supervisor was killed" in output
    assert orphans.find(home) == []
