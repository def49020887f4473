"""A private stack with real processes, started by the command that everybody uses."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import psycopg2

from devstack import prepared
from devstack.deadlines import stretched
from devstack.home import Home
from devstack.ports import BASE_PORTS, is_free
from devstack.stack import REMEMBERED, Stack
from devstack.temporary import roomy_folder
from tests.support.environment import Environment
from tests.support.http import fetch
from tests.support.invariants import InvariantsBroken, check_at_rest
from tests.support.organizer_api import OrganizerApi
from tests.support.payment_api import PaymentApi
from tests.support.processes import Processes
from tests.support.rules.violation import Violation
from tests.support.snapshot import Snapshot
from tests.support.ticket_api import TicketApi
from tests.support.waiting import until

REPOSITORY = Path(__file__).resolve().parents[2]
UP_SECONDS = 300
LOWEST_OFFSET, HIGHEST_OFFSET = 12_000, 23_700
"""Below the ports that the system lends to outgoing connections, which could take one before its process does."""

PACE = {"PAYMENT_PROCESSING_SECONDS": "0.2", "SWEEP_SECONDS": "1"}
PATIENCE_SECONDS = {"HOLDING_GRACE_SECONDS": 4, "REQUESTED_GRACE_SECONDS": 5, "ORGANIZER_TIMEOUT_SECONDS": 3}
"""How long the services wait before they take something for lost; longer on a busy machine, as their tests do."""

CROWD = {"UNPAID_SEATS_PER_BUYER": "1000"}
"""A test's few accounts stand for many buyers."""


def quick_settings() -> dict[str, str]:
    """Settings under which what heals by itself does so within a test's patience."""
    return {**PACE, **CROWD, **{name: f"{stretched(seconds):.0f}" for name, seconds in PATIENCE_SECONDS.items()}}


@dataclass(frozen=True)
class ReachableStack:
    """A stack that is up, wherever its processes run."""

    environment: Environment
    reported: set[Violation] = field(default_factory=set, kw_only=True)
    """Broken promises that a test has failed for; the tests after it shall not fail for them again."""

    def ticket(self) -> TicketApi:
        return TicketApi(self.environment.ticket_url, self.environment.ticket_api_key)

    def payment(self) -> PaymentApi:
        return PaymentApi(self.environment.payment_url, self.environment.payment_api_key)

    def organizer(self) -> OrganizerApi:
        return OrganizerApi(self.environment.organizer_url, self.environment.organizer_api_key)

    def check(self, deadline_seconds: float = 45) -> Snapshot:
        """Waits for rest, then every rule of docs/booking.md must hold."""
        try:
            return check_at_rest(self.environment, deadline_seconds, self.reported)
        except InvariantsBroken as broken:
            self.reported.update(broken.violations)
            raise

    def await_ready(self) -> None:
        """Returns as soon as every service answers that it is ready, as after a kill."""
        environment = self.environment
        for url in (environment.client_url, environment.ticket_url, environment.payment_url, environment.organizer_url):
            until(
                lambda at=url: fetch(f"{at}/readyz").is_success,  # type: ignore[misc]
                what=f"{url} is ready",
                seconds=60,
                ignore=(httpx.TransportError,),
            )


@dataclass(frozen=True)
class RunningStack(ReachableStack):
    """A stack whose processes run under the supervisor of a home on this machine."""

    home: Path
    processes: Processes

    @property
    def crash_point_file(self) -> Path:
        """Names the point at which the next process to reach it kills itself."""
        return self.home / "crash-point"

    def arm(self, crash_point: str) -> None:
        """Replaces the file in one step, so that no process reads half a name."""
        beside = self.crash_point_file.with_suffix(".new")
        beside.write_text(crash_point)
        beside.replace(self.crash_point_file)

    def has_crashed(self) -> bool:
        """Whether a process has reached the armed crash point."""
        try:
            return self.crash_point_file.read_text() == ""
        except FileNotFoundError:  # it is just being taken
            return False

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        """What `./dev` with this command does on this stack."""
        return _run({**os.environ, "TICKETING_HOME": str(self.home), "COLUMNS": "240"}, *command, seconds=60)

    def let_hold_expire(self, booking_id: str) -> None:
        """Moves the deadlines of an unpaid booking and its invoice into the past, instead of waiting for them."""
        past = "now() - interval '1 second'"
        _execute(
            self.environment.ticket_database_url,
            f"UPDATE bookings SET hold_expires_at = {past}, next_step_at = {past}"
            " WHERE id = %s AND status = 'AWAITING_PAYMENT'",
            booking_id,
        )
        _execute(
            self.environment.payment_database_url,
            f"UPDATE invoices SET expires_at = {past} WHERE reference = %s",
            booking_id,
        )


def _execute(url: str, sql: str, *parameters: str) -> None:
    connection = psycopg2.connect(url)
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute(sql, parameters)
            if cursor.rowcount != 1:
                raise AssertionError(f"{cursor.rowcount} rows: {sql}")
    finally:
        connection.close()


def variables_of_its_own() -> dict[str, str]:
    """Returns the environment for a stack beside others, with quick settings."""
    return {
        prepared.VARIABLE: str(prepared.shared_folder()),
        # `./dev bench` describes the stack of its home, which this one must not take for its own.
        **{name: value for name, value in os.environ.items() if name not in REMEMBERED},
        **quick_settings(),
    }


@contextmanager
def running_stack(settings: Mapping[str, str] | None = None, *, below: Path | None = None) -> Iterator[RunningStack]:
    """A stack of its own, gone afterwards with all its data; `below` is where its home is made, else in memory."""
    home = Path(tempfile.mkdtemp(prefix="ticketing-test-", dir=below or roomy_folder()))
    # PostgreSQL may run as another user, who has to pass through.
    home.chmod(0o755)
    crash_point_file = home / "crash-point"
    crash_point_file.touch()
    variables = {
        **variables_of_its_own(),
        **(settings or {}),
        "TICKETING_HOME": str(home),
        "PORT_OFFSET": str(free_offset(BASE_PORTS.values())),
        "CRASH_POINT_FILE": str(crash_point_file),
    }
    try:
        _dev(variables, "up", "--detach", seconds=UP_SECONDS)
        yield attach(home, variables)
    finally:
        _dev(variables, "down", seconds=UP_SECONDS)
        shutil.rmtree(home, ignore_errors=True)


def attach(home: Path, variables: Mapping[str, str]) -> RunningStack:
    """The stack that runs already at this home."""
    running = Stack(Home.from_environment({"TICKETING_HOME": str(home)}), variables)
    return RunningStack(Environment.of(running.environment().lines()), home, Processes(home))


def _dev(variables: Mapping[str, str], *command: str, seconds: float) -> None:
    done = _run(variables, *command, seconds=seconds)
    if done.returncode != 0:
        raise RuntimeError(f"./dev {' '.join(command)} failed ({done.returncode}):\n{done.stdout}\n{done.stderr}")


def _run(variables: Mapping[str, str], *command: str, seconds: float) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(REPOSITORY / "dev"), *command],
        cwd=REPOSITORY,
        env=dict(variables),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=stretched(seconds),
        check=False,
    )


def free_offset(ports: Iterable[int]) -> int:
    """A shift under which every port is free. By chance, since several sessions may look at once."""
    wanted = tuple(ports)
    for _ in range(200):
        offset = random.randrange(LOWEST_OFFSET, HIGHEST_OFFSET, 10)
        if all(is_free(port + offset) for port in wanted):
            return offset
    raise RuntimeError("No range of free ports was found.")
