"""The narrated demo runs to its end on a stack, and leaves it as it was."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

from demo.stage import Stage
from devstack.deadlines import stretched
from tests.support.stack import RunningStack
from tests.support.waiting import until
from tests.support.world import World

REPOSITORY = Path(__file__).resolve().parents[2]
COMMAND = [sys.executable, "-m", "demo"]
SECONDS = 120
RATES = (0.25, 0.15)


def environment_of(stack: RunningStack) -> dict[str, str]:
    lines = {name.upper(): value for name, value in asdict(stack.environment).items()}
    return {**os.environ, **lines, "PYTHONPATH": str(REPOSITORY), "COLUMNS": "140"}


def rates(world: World) -> tuple[float, float]:
    """How often the organizers decline and payments fail now."""
    apis = (world.organizer, world.payment)
    organizer, payment = (api.call("GET", "/simulation")["failure_rate"] for api in apis)
    return organizer, payment


def set_rates(world: World) -> None:
    organizer, payment = RATES
    world.organizer.simulate(failure_rate=organizer)
    world.payment.simulate(failure_rate=payment)


def test_the_demo_tells_every_act_and_puts_the_failure_rates_back(world: World) -> None:
    set_rates(world)
    done = subprocess.run(
        [*COMMAND, "--fast"],
        cwd=REPOSITORY,
        env=environment_of(world.stack),
        capture_output=True,
        text=True,
        timeout=stretched(SECONDS),
    )
    assert done.returncode == 0, done.stdout + done.stderr
    for told in ("SHA-256", "ORGANIZER_DECLINED", "PAYMENT_FAILED", "REFUNDED", "never OPEN", "Every rule holds"):
        assert told in done.stdout
    assert rates(world) == RATES


def test_a_demo_that_is_stopped_midway_puts_the_failure_rates_back(world: World) -> None:
    set_rates(world)
    running = subprocess.Popen(
        COMMAND, cwd=REPOSITORY, env=environment_of(world.stack), stdout=subprocess.PIPE, text=True
    )
    try:
        until(lambda: rates(world), lambda now: now == (0, 0), what="the demo has taken chance out", seconds=30)
        running.send_signal(signal.SIGTERM)
        running.communicate(timeout=stretched(30))
    finally:
        running.kill()
    assert running.returncode == 130
    assert rates(world) == RATES


def test_the_demo_plays_again_on_the_seats_that_are_left(world: World) -> None:
    stage = Stage(world.stack.environment)
    try:
        event, seats = stage.event_with_open_seats()
        again, _ = stage.event_with_open_seats()
    finally:
        stage.close()
    assert event.id == again.id
    assert len(seats) >= 2


def test_without_a_stack_the_demo_says_how_to_start_one(tmp_path: Path) -> None:
    done = subprocess.run(
        [str(REPOSITORY / "dev"), "demo"],
        cwd=REPOSITORY,
        env={**os.environ, "TICKETING_HOME": str(tmp_path), "PORT_OFFSET": "0"},
        capture_output=True,
        text=True,
        timeout=stretched(SECONDS),
    )
    assert done.returncode == 1
    assert "./dev up" in done.stderr
