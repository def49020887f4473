"""The stack in containers that is filmed: started by `docker compose up`, and gone afterwards with its volumes."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from demo.failures import DemoFailure
from demo.film.own_stack import COLUMNS, REPOSITORY
from devstack.ports import is_free
from tests.compose import base_images, engine
from tests.support.environment import Environment

PROJECT = "ticketing-film"
COMMAND_SECONDS = 900
UP = ("up", "--build", "--detach", "--wait")
PROCESSES = ("ps", "--all", "--format", "table {{.Service}}\t{{.Status}}")
READY = ("logs", "--no-log-prefix", "ready")
BUILD_LINE = re.compile(r"^(#\d+ .*|)$")
"""BuildKit's own lines, hundreds of them, and the empty ones between."""
PORTS = (8000, 8001, 8002, 8003, 8025, 8501, 9000, 9001)


@dataclass(frozen=True)
class Printed:
    """A command as a person types it, and what it printed."""

    command: str
    output: str


@dataclass(frozen=True)
class ContainerStack:
    """The running containers; `start` is what their start looked like in a terminal."""

    environment: Environment
    console_login: tuple[str, str]
    start: tuple[Printed, ...]

    console_url = "http://127.0.0.1:9001"
    mail_url = "http://127.0.0.1:8025"


@contextmanager
def container_stack() -> Iterator[ContainerStack]:
    """Built and started as the README says, on the usual ports.

    Raises `DemoFailure` where there is no Docker engine with Compose 2, or where a port is taken.
    """
    _require_engine()
    base_images.provide()
    _compose("build", seconds=engine.BUILD_SECONDS)  # not filmed: it takes minutes the first time
    try:
        start = tuple(_printed(*command) for command in (UP, PROCESSES, READY))
        services = json.loads(_compose("config", "--format", "json"))["services"]
        root = services["minio"]["environment"]
        yield ContainerStack(_environment(services), (root["MINIO_ROOT_USER"], root["MINIO_ROOT_PASSWORD"]), start)
    finally:
        _compose("down", "--volumes", "--timeout", "20")


def _require_engine() -> None:
    try:
        engine.run("docker", "info")
        engine.run("docker", "compose", "version")
    except (OSError, RuntimeError) as error:
        raise DemoFailure("The film shows `docker compose up`: it needs a Docker engine with Compose 2.") from error
    if taken := [port for port in PORTS if not is_free(port)]:
        raise DemoFailure(f"The film shows the usual addresses, but port {taken[0]} is in use.")


def _printed(*arguments: str) -> Printed:
    typed = " ".join(f"'{part}'" if " " in part else part.replace("\t", r"\t") for part in arguments)
    return Printed(f"docker compose {typed}", _without_build(_compose(*arguments)))


def _without_build(output: str) -> str:
    return "\n".join(line.rstrip() for line in output.splitlines() if not BUILD_LINE.match(line))


def _compose(*arguments: str, seconds: float = COMMAND_SECONDS) -> str:
    """What compose prints, errors and progress among it; raises `DemoFailure` with its end when it fails."""
    done = subprocess.run(
        ["docker", "compose", "--project-name", PROJECT, *arguments],
        cwd=REPOSITORY,
        env={**os.environ, "COLUMNS": str(COLUMNS)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=seconds,
    )
    if done.returncode != 0:
        raise DemoFailure(f"docker compose {' '.join(arguments)} failed:\n{done.stdout[-2000:]}")
    return done.stdout


def _environment(services: Mapping[str, Any]) -> Environment:
    """The stack as seen from this machine; its databases are on networks that nobody reaches from here."""
    client, ticket, seed = (services[name]["environment"] for name in ("client", "ticket", "seed"))
    return Environment(
        client_url="http://127.0.0.1:8000",
        ticket_url="http://127.0.0.1:8001",
        payment_url="http://127.0.0.1:8002",
        organizer_url="http://127.0.0.1:8003",
        organizer_inside_url="http://organizer:8000",
        frontend_url="http://127.0.0.1:8501",
        ticket_api_key=client["TICKET_API_KEY"],
        payment_api_key=ticket["PAYMENT_API_KEY"],
        organizer_api_key=ticket["ORGANIZER_API_KEY"],
        ticket_webhook_secret=ticket["TICKET_WEBHOOK_SECRET"],
        client_webhook_secret=ticket["CLIENT_WEBHOOK_SECRET"],
        demo_email=seed["DEMO_EMAIL"],
        demo_password=seed["DEMO_PASSWORD"],
        staff_email=seed["STAFF_EMAIL"],
        staff_password=seed["STAFF_PASSWORD"],
        client_database_url="",
        ticket_database_url="",
        payment_database_url="",
        s3_endpoint="http://127.0.0.1:9000",
        s3_bucket=ticket["S3_BUCKET"],
        s3_access_key=ticket["S3_ACCESS_KEY"],
        s3_secret_key=ticket["S3_SECRET_KEY"],
        ticketing_home="",
    )
