"""What the package imports is declared, and stands in the lock of every service that uses it."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from pathlib import Path

import pytest

KIT = Path(__file__).parents[2]
PROJECT = tomllib.loads((KIT / "pyproject.toml").read_text())["project"]
PART_OF = {
    "prometheus_client": "prometheus-client",
    "pydantic_core": "pydantic",
    "pydantic_settings": "pydantic-settings",
}


def names(dependencies: list[str]) -> set[str]:
    return {re.split(r"[\[<>=]", dependency)[0] for dependency in dependencies}


EVERYWHERE, JOBS = names(PROJECT["dependencies"]), names(PROJECT["optional-dependencies"]["jobs"])


def imported() -> set[str]:
    found: set[str] = set()
    for file in (KIT / "src").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.ImportFrom):
                found.add((node.module or "").partition(".")[0])
            elif isinstance(node, ast.Import):
                found |= {alias.name.partition(".")[0] for alias in node.names}
    return {PART_OF.get(name, name) for name in found - set(sys.stdlib_module_names) - {"servicekit"}}


def test_every_library_that_is_imported_is_declared_and_no_other() -> None:
    assert imported() == EVERYWHERE | JOBS


@pytest.mark.parametrize(
    ("service", "needed"), [("ticket-fastapi", EVERYWHERE | JOBS), ("payment-aiohttp", EVERYWHERE)]
)
def test_the_lock_of_a_service_has_every_library(service: str, needed: set[str]) -> None:
    lock = (KIT.parent / service / "requirements.lock").read_text()
    locked = set(re.findall(r"^([a-z0-9.-]+)==", lock, re.MULTILINE))
    assert locked >= needed
