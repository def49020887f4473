"""Every library that the package imports is declared, and is in the lock of every service that uses the package."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Iterable
from pathlib import Path

import pytest

KIT = Path(__file__).parents[2]
PROJECT = tomllib.loads((KIT / "pyproject.toml").read_text())["project"]
PART_OF = {
    "email_validator": "email-validator",
    "prometheus_client": "prometheus-client",
    "pydantic_core": "pydantic",
    "opentelemetry": "opentelemetry-api",
    "pydantic_settings": "pydantic-settings",
}


def names(dependencies: list[str]) -> set[str]:
    return {re.split(r"[\[<>=]", dependency)[0] for dependency in dependencies}


def locked(service: str) -> set[str]:
    """Returns the packages in the service's lock."""
    return set(re.findall(r"^([a-z0-9.-]+)==", (KIT.parent / service / "requirements.lock").read_text(), re.MULTILINE))


NAMED = {"tzdata"}
"""Libraries whose files are read by the name of the package; no module imports them."""
DECLARED = names(PROJECT["dependencies"])
SERVERS = names(PROJECT["optional-dependencies"]["uvicorn"])
"""What only a service with this server needs."""


def modules(files: Iterable[Path]) -> set[str]:
    """Returns the full name of every module that the files import."""
    found: set[str] = set()
    for file in files:
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.ImportFrom):
                found.add(node.module or "")
            elif isinstance(node, ast.Import):
                found |= {alias.name for alias in node.names}
    return found


def libraries(names: set[str]) -> set[str]:
    """Returns the packages that contain these modules, without Python's own and ours."""
    roots = {name.partition(".")[0] for name in names}
    return {PART_OF.get(root, root) for root in roots - set(sys.stdlib_module_names) - {"servicekit"}}


def test_every_library_that_is_imported_is_declared_and_no_other() -> None:
    assert libraries(modules((KIT / "src").rglob("*.py"))) | NAMED == DECLARED | SERVERS


@pytest.mark.parametrize("service", ["ticket-fastapi", "payment-aiohttp"])
def test_the_lock_of_a_service_has_every_library(service: str) -> None:
    assert locked(service) >= DECLARED


def test_the_lock_of_the_service_that_uvicorn_serves_has_it() -> None:
    assert locked("ticket-fastapi") >= SERVERS


def test_no_lock_has_a_library_that_keeps_a_queue_beside_the_rows() -> None:
    """The rows themselves are the queue (decision 21)."""
    for lock in (KIT.parent / "requirements-dev.lock", *KIT.parent.glob("*/requirements.lock")):
        assert "pgqueuer" not in lock.read_text(), lock


@pytest.mark.parametrize(("service", "package"), [("client-django", "client"), ("frontend-streamlit", "frontend")])
def test_the_lock_of_a_service_without_our_database_has_every_library_of_the_modules_that_it_uses(
    service: str, package: str
) -> None:
    used: set[str] = set()
    found = modules((KIT.parent / service / package).rglob("*.py"))
    while new := {name for name in found - used if name.startswith("servicekit.")}:
        used |= new
        found = modules(KIT / "src" / f"{name.replace('.', '/')}.py" for name in new)
        assert libraries(found) <= locked(service), new
    assert used
