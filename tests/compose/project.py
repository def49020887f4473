"""One project of Compose: its files, its settings and its containers."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.compose import engine
from tests.compose.compose_versions import Compose
from tests.compose.engine import REPOSITORY

OVERRIDE = Path(__file__).with_name("published-databases.yml")
EXAMPLE = REPOSITORY / ".env.example"
UP_SECONDS = 600

OWN_IMAGES = ("client", "ticket", "payment", "frontend", "seeds")
JOBS = ("client-migrate", "ticket-migrate", "payment-migrate", "minio-init", "seed")
"""Services that do something once."""


@dataclass(frozen=True)
class Project:
    """`settings` is a file like `.env`; `variables` come before it."""

    compose: Compose
    name: str
    variables: Mapping[str, str]
    settings: Path = EXAMPLE

    def run(self, *arguments: str, seconds: float = UP_SECONDS) -> tuple[str, str]:
        """The output and the progress report of a command of Compose."""
        # The settings file is named, since a `.env` of whoever runs the tests lies in the same folder.
        files = ("--file", "docker-compose.yml", "--file", str(OVERRIDE), "--env-file", str(self.settings))
        command = (*self.compose.command, *files, "--project-name", self.name, *arguments)
        return engine.run_noting_errors(*command, seconds=seconds, environment=self._environment())

    def value(self, name: str) -> str:
        """A setting as Compose sees it."""
        return self.variables.get(name) or read_settings(self.settings)[name]

    def containers(self, service: str | None = None) -> list[dict[str, Any]]:
        """What the engine knows of each container, of one service or of all."""
        chosen = ["--filter", f"label=com.docker.compose.service={service}"] if service else []
        mine = ["--filter", f"label=com.docker.compose.project={self.name}"]
        ids = engine.run("docker", "ps", "--all", "--quiet", *mine, *chosen).split()
        found: list[dict[str, Any]] = json.loads(engine.run("docker", "inspect", *ids)) if ids else []
        return found

    def log(self, service: str) -> str:
        """What the first container of a service has written since it was last started."""
        container = self.containers(service)[0]
        output, errors = engine.run_noting_errors(
            "docker", "logs", "--since", container["State"]["StartedAt"], container["Id"]
        )
        return output + errors

    def exec(self, service: str, *command: str) -> str:
        """The output of a command inside the first container of a service."""
        return engine.run("docker", "exec", self.containers(service)[0]["Id"], *command)

    def _environment(self) -> dict[str, str]:
        inherited = {name: value for name, value in os.environ.items() if name not in read_settings(EXAMPLE)}
        return {**inherited, **self.variables}


def read_settings(file: Path) -> dict[str, str]:
    """The variables of a file like `.env`."""
    return dict(line.split("=", 1) for line in file.read_text().splitlines() if line and not line.startswith("#"))


def forget_own_images() -> None:
    """As on a machine that has never built them; what is cached of their layers stays."""
    present = [f"ticketing/{name}" for name in OWN_IMAGES if engine.is_here(f"ticketing/{name}")]
    if present:
        engine.run("docker", "image", "rm", "--force", *present)
