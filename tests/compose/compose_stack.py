"""The platform in containers, under a project name and on ports of its own."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.compose import engine
from tests.support.environment import Environment
from tests.support.stack import ReachableStack, free_offset
from tests.support.waiting import until

PROJECT = "ticketing-test"
BUILT = ("client", "ticket", "payment", "frontend", "seed")
OVERRIDE = Path(__file__).with_name("published-databases.yml")
UP_SECONDS = 600

# The names of the ports in docker-compose.yml, and what each is without a shift.
PORTS = {
    "CLIENT_PORT": 8000,
    "TICKET_PORT": 8001,
    "PAYMENT_PORT": 8002,
    "ORGANIZER_PORT": 8003,
    "FRONTEND_PORT": 8501,
    "S3_PORT": 9000,
    "S3_CONSOLE_PORT": 9001,
    "MAIL_PORT": 8025,
    "CLIENT_DB_PORT": 5433,
    "TICKET_DB_PORT": 5434,
    "PAYMENT_DB_PORT": 5435,
}
LINK_SECONDS = 4
"""How long a presigned link is good: short, so that a test can see it expire."""


@dataclass(frozen=True)
class ComposeStack(ReachableStack):
    """A stack of containers that is up."""

    variables: dict[str, str]
    seconds_to_ready: float

    def compose(self, *arguments: str, seconds: float = UP_SECONDS) -> str:
        """What compose says to this command for our project."""
        return _compose(self.variables, *arguments, seconds=seconds)

    def containers(self, service: str | None = None) -> list[dict[str, Any]]:
        """What the engine knows of each container, of one service or of all."""
        chosen = ["--filter", f"label=com.docker.compose.service={service}"] if service else []
        mine = ["--filter", f"label=com.docker.compose.project={PROJECT}"]
        ids = engine.run("docker", "ps", "--all", "--quiet", *mine, *chosen).split()
        found: list[dict[str, Any]] = json.loads(engine.run("docker", "inspect", *ids)) if ids else []
        return found

    def exec(self, service: str, *command: str) -> str:
        """The output of a command inside the first container of a service."""
        return engine.run("docker", "exec", self.containers(service)[0]["Id"], *command)

    def await_healthy(self) -> None:
        """Returns as soon as every container with a health check is healthy and every one-shot job has ended well."""
        until(lambda: unwell(self.containers()), lambda found: not found, what="all is well", seconds=UP_SECONDS)


def unwell(containers: list[dict[str, Any]]) -> dict[str, str]:
    """The containers that are not as they should be, with their state."""
    found = {}
    for container in containers:
        state = container["State"]
        health = state.get("Health", {}).get("Status", "healthy")
        ended_well = state["Status"] == "exited" and state["ExitCode"] == 0
        if not ended_well and (state["Status"] != "running" or health != "healthy"):
            found[container["Name"]] = f"{state['Status']}, {health}"
    return found


@contextmanager
def compose_stack() -> Iterator[ComposeStack]:
    """Built, started, and gone afterwards with its volumes."""
    engine.provide_base_images()
    variables = _variables(free_offset(PORTS.values()))
    _compose(variables, "build", seconds=engine.BUILD_SECONDS)
    begun = time.monotonic()
    try:
        _compose(variables, "up", "--detach", seconds=UP_SECONDS)
        stack = ComposeStack(_environment(variables), variables, 0)
        stack.await_healthy()
        yield ComposeStack(stack.environment, variables, time.monotonic() - begun)
    finally:
        _compose(variables, "down", "--volumes", "--timeout", "20", seconds=UP_SECONDS)


def _compose(variables: dict[str, str], *arguments: str, seconds: float) -> str:
    files = ("--file", "docker-compose.yml", "--file", str(OVERRIDE), "--project-name", PROJECT)
    command = (*engine.compose_command(), *files, *arguments)
    return engine.run(*command, seconds=seconds, environment={**os.environ, **variables})


def _variables(offset: int) -> dict[str, str]:
    ports = {name: str(port + offset) for name, port in PORTS.items()}
    return {
        **ports,
        "PAYMENT_PUBLIC_URL": f"http://localhost:{ports['PAYMENT_PORT']}",
        "S3_PUBLIC_ENDPOINT": f"http://localhost:{ports['S3_PORT']}",
        "FRONTEND_URL": f"http://localhost:{ports['FRONTEND_PORT']}",
        "PAYMENT_PROCESSING_SECONDS": "0.5",
        "TICKET_LINK_SECONDS": str(LINK_SECONDS),
        "REQUESTED_GRACE_SECONDS": "5",
        "THROTTLE_AUTH": "1000/min",
        "THROTTLE_BOOKING": "1000/min",
    }


def _environment(variables: dict[str, str]) -> Environment:
    """The stack as seen from outside: the default keys of docker-compose.yml behind our ports."""

    def here(port: str) -> str:
        return f"http://localhost:{variables[port]}"

    def database(name: str) -> str:
        port = variables[f"{name.upper()}_DB_PORT"]
        return f"postgresql://{name}:demo-{name}-db-password@localhost:{port}/{name}"

    return Environment(
        client_url=here("CLIENT_PORT"),
        ticket_url=here("TICKET_PORT"),
        payment_url=here("PAYMENT_PORT"),
        organizer_url=here("ORGANIZER_PORT"),
        organizer_inside_url="http://organizer:8000",
        frontend_url=here("FRONTEND_PORT"),
        ticket_api_key="demo-ticket-key-replace-before-real-use",
        payment_api_key="demo-payment-key-replace-before-real-use",
        organizer_api_key="demo-organizer-key-replace-before-real-use",
        ticket_webhook_secret="whsec_ZGVtby10aWNrZXQtd2ViaG9vay1zZWNyZXQtcmVwbGFjZQ==",
        client_webhook_secret="whsec_ZGVtby1jbGllbnQtd2ViaG9vay1zZWNyZXQtcmVwbGFjZQ==",
        demo_email="demo@example.com",
        demo_password="demo-buyer-password",
        staff_email="staff@example.com",
        staff_password="demo-staff-password",
        client_database_url=database("client"),
        ticket_database_url=database("ticket"),
        payment_database_url=database("payment"),
        s3_endpoint=here("S3_PORT"),
        s3_bucket="tickets",
        s3_access_key="demo-minio-user",
        s3_secret_key="demo-minio-password-replace",
        ticketing_home="",
    )
