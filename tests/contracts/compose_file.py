"""docker-compose.yml as Compose reads it: anchors merged, each variable at its default."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

REPOSITORY = Path(__file__).resolve().parents[2]
COMPOSE_FILE = REPOSITORY / "docker-compose.yml"
VARIABLE = re.compile(r"\$\{([A-Z0-9_]+):-([^}]*)\}")
PUBLIC = "demo-"
OURS = "ticketing/"


def text() -> str:
    return COMPOSE_FILE.read_text()


def services(source: str | None = None) -> dict[str, dict[str, Any]]:
    """Every service by its name."""
    return services_as_written(VARIABLE.sub(r"\2", source or text()))


def services_as_written(source: str | None = None) -> dict[str, dict[str, Any]]:
    """Every service by its name, with the variables as such."""
    found: dict[str, dict[str, Any]] = yaml.safe_load(source or text())["services"]
    return found


def dependencies(all_services: dict[str, dict[str, Any]], name: str) -> set[str]:
    """Every service that Compose starts before this one."""
    found: set[str] = set()
    waiting = [name]
    while waiting:
        new = set(all_services[waiting.pop()].get("depends_on", {})) - found
        found |= new
        waiting += new
    return found


def example() -> dict[str, str]:
    """The variables of .env.example."""
    lines = (REPOSITORY / ".env.example").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def is_public(value: str) -> bool:
    """A key that everybody can read in this repository (contracts/README.md)."""
    encoded = value.removeprefix("whsec_")
    return (value if encoded == value else base64.b64decode(encoded).decode()).startswith(PUBLIC)


def secrets() -> Iterator[tuple[str, str]]:
    """The variables of the compose file that hold a key, a password or a secret, with their defaults."""
    for name, default in dict(VARIABLE.findall(text())).items():
        if name.endswith(("_KEY", "_SECRET", "_PASSWORD", "_ROOT_USER")):
            yield name, default
