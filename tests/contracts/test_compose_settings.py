"""`.env.example` shows every variable of docker-compose.yml with its default, and nothing else."""

from __future__ import annotations

import re
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
VARIABLE = re.compile(r"\$\{([A-Z0-9_]+):-([^}]*)\}")


def test_the_example_shows_every_variable_of_the_compose_file_with_its_default() -> None:
    asked_for = set(VARIABLE.findall((REPOSITORY / "docker-compose.yml").read_text()))
    lines = (REPOSITORY / ".env.example").read_text().splitlines()
    shown = {tuple(line.split("=", 1)) for line in lines if line and not line.startswith("#")}
    assert shown == asked_for


def test_every_variable_of_the_compose_file_has_a_default() -> None:
    assert "${" not in VARIABLE.sub("", (REPOSITORY / "docker-compose.yml").read_text())
