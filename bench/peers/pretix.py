"""pretix as its installation guide runs it: gunicorn, a Celery worker, redis, and PostgreSQL with our stack's settings.

Its database stays below the folder, because the first migrations take minutes.
"""

from __future__ import annotations

import os
import secrets
import signal
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from bench.peers.installation import Installation, install
from bench.report import out
from devstack.failures import StackFailure
from devstack.ports import HOST, unused_port
from devstack.postgres import LASTING_SETTINGS, PostgresServer
from devstack.private_file import write_private
from devstack.running_program import running_program
from devstack.steps import step
from tests.support.waiting import until

START_SECONDS = 120
WORKERS = 5
"""The number of gunicorn's processes in pretix's installation guide."""
MIGRATIONS_BETWEEN_LINES = 50

CONFIGURATION = """
[pretix]
instance_name=bench
url=http://{host}:{web}
datadir={data}
ecb_rates=off
[database]
backend=postgresql
name=pretix
user=pretix
password={password}
host={host}
port={postgres}
[redis]
location=redis://{host}:{redis}/0
sessions=true
[celery]
backend=redis://{host}:{redis}/1
broker=redis://{host}:{redis}/2
"""
PREPARE_ORGANIZER = """
import django
django.setup()
from django_scopes import scopes_disabled
from pretix.base.models import Organizer
everything = {"all_events": True, "all_event_permissions": True, "all_organizer_permissions": True}
with scopes_disabled():
    organizer, _ = Organizer.objects.get_or_create(slug="bench", defaults={"name": "Bench"})
    team, _ = organizer.teams.get_or_create(name="Bench", defaults=everything)
    print(team.tokens.get_or_create(name="Bench")[0].token)
"""


@dataclass(frozen=True, slots=True)
class Pretix:
    """A running pretix: its address, a token for its REST API, and the process number of each program."""

    url: str
    token: str
    programs: dict[str, int]


@contextmanager
def running_pretix(folder: Path) -> Iterator[Pretix]:
    """Installs and migrates what is missing below `folder`, and runs pretix during the block."""
    folder.mkdir(parents=True, exist_ok=True)
    for passed in (folder, folder.parent):
        passed.chmod(0o755)  # PostgreSQL may run as another user, who has to pass through
    installation = install(folder / "environment")
    password = _password(folder)
    web, redis = unused_port(), unused_port()
    server = PostgresServer(folder / "postgres", unused_port(), password, LASTING_SETTINGS)
    environment = _configure(folder, password, web=web, redis=redis, postgres=server.port)
    with ExitStack() as stack:

        def start(name: str, *command: str, stop_signal: signal.Signals = signal.SIGTERM) -> int:
            log = folder / f"{name}.log"
            program = running_program(command, log, environment=environment, folder=folder, stop_signal=stop_signal)
            return stack.enter_context(program).pid

        programs = {"postgres": start("postgres", *server.command(), stop_signal=signal.SIGINT)}
        until(server.answers, what="PostgreSQL of pretix answers", seconds=START_SECONDS)
        server.make_databases({"pretix": password})
        programs["redis"] = start(
            "redis", installation.program("redis-server"), "--bind", HOST, "--port", str(redis), "--save", ""
        )
        with step("migrate pretix"):
            _migrate(installation, environment, folder)
        token = _make_token(installation, environment, folder)
        programs["web"] = start("web", *_gunicorn(installation, web))
        programs["worker"] = start("worker", installation.program("celery"), *_CELERY)
        url = f"http://{HOST}:{web}"
        until(
            lambda: httpx.get(f"{url}/healthcheck/", timeout=START_SECONDS).is_success,
            what="pretix answers",
            seconds=START_SECONDS,
            ignore=(httpx.TransportError,),
        )
        yield Pretix(url, token, programs)


_CELERY = ("-A", "pretix.celery_app", "worker", "-l", "info")


def _gunicorn(installation: Installation, port: int) -> list[str]:
    options = ["--name", "pretix", "--workers", str(WORKERS), "--max-requests", "1200", "--max-requests-jitter", "50"]
    return [installation.program("gunicorn"), "pretix.wsgi", *options, "--log-level=info", f"--bind={HOST}:{port}"]


def _password(folder: Path) -> str:
    """Returns the password of the database, which is made once."""
    file = folder / "password"
    if not file.exists():
        write_private(file, secrets.token_urlsafe(16))
    return file.read_text(encoding="utf-8")


def _configure(folder: Path, password: str, **ports: int) -> dict[str, str]:
    """Writes pretix's configuration; returns the environment variables of its programs."""
    data = folder / "data"
    data.mkdir(exist_ok=True)
    file = folder / "pretix.cfg"
    write_private(file, CONFIGURATION.format(host=HOST, data=data, password=password, **ports))
    # Our own import path leads to modules of the same names.
    return {"PRETIX_CONFIG_FILE": str(file), "DJANGO_SETTINGS_MODULE": "pretix.settings", "PYTHONPATH": ""}


def _migrate(installation: Installation, environment: dict[str, str], folder: Path) -> None:
    """Brings the database to pretix's newest schema, and prints a line now and then: the first time takes minutes."""
    log = folder / "migrate.log"
    command = [installation.program("python"), "-m", "pretix", "migrate"]
    with (
        log.open("w", encoding="utf-8") as written,
        subprocess.Popen(
            command,
            cwd=folder,
            env={**os.environ, **environment, "PYTHONUNBUFFERED": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ) as program,
    ):
        applied = 0
        for line in program.stdout or ():
            written.write(line)
            applied += line.lstrip().startswith("Applying")
            if applied and applied % MIGRATIONS_BETWEEN_LINES == 0 and "Applying" in line:
                out.print(f"[dim]· {applied} migrations of pretix are applied[/]")
    if program.returncode != 0:
        raise StackFailure("pretix could not migrate its database.", log)


def _make_token(installation: Installation, environment: dict[str, str], folder: Path) -> str:
    """Makes the organizer and a token that may do everything for it; returns the token."""
    done = subprocess.run(
        [installation.program("python"), "-c", PREPARE_ORGANIZER],
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=START_SECONDS,
    )
    if done.returncode != 0:
        raise StackFailure(f"pretix could not make a token: {done.stderr.strip().rpartition(chr(10))[2]}")
    return done.stdout.split()[-1]
