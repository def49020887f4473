"""What the package imports is declared, and stands in the lock of every service that uses it."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from pathlib import Path

import pytest

KIT = Path(__file__).parents[2]
DECLARED = {
    re.split(r"[\[<>=]", dependency)[0]
    for dependency in tomllib.loads((KIT / "pyproject.toml").read_text())["project"]["dependencies"]
}
PART_OF = {"pydantic_core": "pydantic", "pydantic_settings": "pydantic-settings"}


def imported() -> set[str]:
    names: set[str] = set()
    for file in (KIT / "src").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.ImportFrom):
                names.add((node.module or "").partition(".")[0])
            elif isinstance(node, ast.Import):
                names |= {alias.name.partition(".")[0] for alias in node.names}
    return {PART_OF.get(name, name) for name in names - set(sys.stdlib_module_names) - {"servicekit"}}


def test_every_library_that_is_imported_is_declared_and_no_other() -> None:
    assert imported() == DECLARED


@pytest.mark.parametrize("service", ["ticket-fastapi", "payment-aiohttp"])
def test_the_lock_of_a_service_has_every_library(service: str) -> None:
    lock = (KIT.parent / service / "requirements.lock").read_text()
    locked = set(re.findall(r"^([a-z0-9.-]+)==", lock, re.MULTILINE))
    assert locked >= DECLARED
