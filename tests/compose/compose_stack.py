"""The platform in containers, under a project name and on ports of its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from tests.compose import base_images
from tests.compose.compose_versions import Compose
from tests.compose.project import EXAMPLE, UP_SECONDS, Project, forget_own_images, read_settings
from tests.support.environment import Environment
from tests.support.stack import ReachableStack, free_offset
from tests.support.waiting import until

BUILD_AND_UP_SECONDS = 1800

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

    project: Project
    start_report: str
    """What Compose said while it built and started everything."""

    def await_healthy(self) -> None:
        """Returns as soon as every container with a health check is healthy and every one-shot job has ended well."""
        until(
            lambda: unwell(self.project.containers()), lambda found: not found, what="all is well", seconds=UP_SECONDS
        )

    def seconds_to_ready(self) -> float:
        """From the first container until the start message could be given."""
        first = min(datetime.fromisoformat(one["Created"]) for one in self.project.containers())
        (ready,) = self.project.containers("ready")
        return (datetime.fromisoformat(ready["State"]["StartedAt"]) - first).total_seconds()


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
def compose_stack(compose: Compose, name: str, settings: Path = EXAMPLE) -> Iterator[ComposeStack]:
    """Started by a plain `up` on a machine that has none of our images; gone afterwards with its volumes."""
    base_images.provide()
    forget_own_images()
    project = Project(compose, name, _variables(free_offset(PORTS.values()), settings), settings)
    try:
        wait = ["--wait"] if compose.is_current else []
        output, progress = project.run("up", "--detach", *wait, seconds=BUILD_AND_UP_SECONDS)
        stack = ComposeStack(_environment(project), project, output + progress)
        if not compose.is_current:
            stack.await_healthy()
        yield stack
    finally:
        project.run("down", "--volumes", "--timeout", "20")


def _variables(offset: int, settings: Path) -> dict[str, str]:
    ports = {name: str(port + offset) for name, port in PORTS.items()}
    return {
        **ports,
        **_root_for_everybody(settings),
        "PAYMENT_PUBLIC_URL": f"http://localhost:{ports['PAYMENT_PORT']}",
        "S3_PUBLIC_ENDPOINT": f"http://localhost:{ports['S3_PORT']}",
        "CLIENT_PUBLIC_URL": f"http://localhost:{ports['CLIENT_PORT']}",
        "FRONTEND_URL": f"http://localhost:{ports['FRONTEND_PORT']}",
        "PAYMENT_PROCESSING_SECONDS": "0.5",
        "TICKET_LINK_SECONDS": str(LINK_SECONDS),
        "REQUESTED_GRACE_SECONDS": "5",
        "THROTTLE_AUTH": "1000/min",
        "THROTTLE_BOOKING": "1000/min",
    }


def _root_for_everybody(settings: Path) -> Mapping[str, str]:
    """A stand-in for MinIO knows one account only: there the services use the root's."""
    if base_images.store_is_minio():
        return {}
    values = read_settings(settings)
    return {"S3_ACCESS_KEY": values["MINIO_ROOT_USER"], "S3_SECRET_KEY": values["MINIO_ROOT_PASSWORD"]}


def _environment(project: Project) -> Environment:
    """The stack as seen from outside."""

    def here(port: str) -> str:
        return f"http://localhost:{project.value(port)}"

    def database(name: str) -> str:
        password, port = project.value(f"{name.upper()}_DB_PASSWORD"), project.variables[f"{name.upper()}_DB_PORT"]
        return f"postgresql://{name}:{password}@localhost:{port}/{name}"

    same = ("TICKET_API_KEY", "PAYMENT_API_KEY", "ORGANIZER_API_KEY", "TICKET_WEBHOOK_SECRET", "CLIENT_WEBHOOK_SECRET")
    accounts = ("DEMO_EMAIL", "DEMO_PASSWORD", "STAFF_EMAIL", "STAFF_PASSWORD")
    store = ("S3_BUCKET", "S3_ACCESS_KEY", "S3_SECRET_KEY")
    return Environment(
        client_url=here("CLIENT_PORT"),
        ticket_url=here("TICKET_PORT"),
        payment_url=here("PAYMENT_PORT"),
        organizer_url=here("ORGANIZER_PORT"),
        organizer_inside_url="http://organizer:8000",
        frontend_url=here("FRONTEND_PORT"),
        client_database_url=database("client"),
        ticket_database_url=database("ticket"),
        payment_database_url=database("payment"),
        s3_endpoint=here("S3_PORT"),
        ticketing_home="",
        **{name.lower(): project.value(name) for name in (*same, *accounts, *store)},
    )
