"""The narrated demo runs to its end on a stack, and leaves it as it was."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

import pytest
from PIL import Image

from demo.film.operations import SERVICES
from demo.film.tape import Tape
from demo.stage import Stage
from docs.build.interfaces import Operation, asked_for, operation_of, operations, requests
from tests.support.stack import RunningStack
from tests.support.waiting import until
from tests.support.world import World

REPOSITORY = Path(__file__).resolve().parents[2]
COMMAND = [sys.executable, "-m", "demo"]
SECONDS = 120
RATES = (0.25, 0.15)
NAMED = re.compile(r"\b(GET|POST|PUT|PATCH|DELETE) (/[\w/{}-]+)")
"""An operation in the words of a narration."""


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
        timeout=SECONDS,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    for told in ("SHA-256", "ORGANIZER_DECLINED", "PAYMENT_FAILED", "REFUNDED", "never OPEN", "Every promise was kept"):
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
        running.communicate(timeout=30)
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


def named_in_words() -> set[tuple[str, str]]:
    """Method and path of every operation that the demo's own words name, on film or in the terminal."""
    sources = "\n".join(path.read_text(encoding="utf-8") for path in (REPOSITORY / "demo").rglob("*.py"))
    return {(found[1], found[2]) for found in NAMED.finditer(sources)}


def known(services: tuple[str, ...], method: str, path: str) -> Operation | None:
    """The operation of one of these services; words leave the prefix `/api/v1` out."""
    every = operations()
    found = (operation_of(service, method, prefix + path, every) for service in services for prefix in ("", "/api/v1"))
    return next((operation for operation in found if operation), None)


@pytest.mark.parametrize("service", SERVICES)
def test_every_operation_that_the_film_lists_is_described_and_has_a_request_in_the_collection(service: str) -> None:
    collection = asked_for(requests())
    for method, path, _ in SERVICES[service]:
        assert Operation(service, method, path) in operations()
        assert Operation(service, method, path) in collection


def test_every_operation_that_the_demo_names_in_its_words_has_a_request_in_the_collection() -> None:
    collection = asked_for(requests())
    named = named_in_words()
    assert named
    for method, path in sorted(named):
        assert known(("client", "ticket", "payment", "organizer"), method, path) in collection


def test_a_tape_is_played_as_it_was_filmed() -> None:
    shown: list[tuple[tuple[int, ...] | float | None, float]] = []

    class Film(Tape):
        def show(self, frame: Image.Image, seconds: float) -> None:
            shown.append((frame.getpixel((0, 0)), seconds))

    tape = Tape()
    tape.show(Image.new("RGB", (2, 2), "red"), 1)
    tape.show(Image.new("RGB", (2, 2), "blue"), 2.5)
    tape.play(Film())
    assert shown == [((255, 0, 0), 1), ((0, 0, 255), 2.5)]
    assert tape.seconds == 3.5


def test_without_a_stack_the_demo_says_how_to_start_one(tmp_path: Path) -> None:
    done = subprocess.run(
        [str(REPOSITORY / "dev"), "demo"],
        cwd=REPOSITORY,
        env={**os.environ, "TICKETING_HOME": str(tmp_path), "PORT_OFFSET": "0"},
        capture_output=True,
        text=True,
        timeout=SECONDS,
    )
    assert done.returncode == 1
    assert "./dev up" in done.stderr
