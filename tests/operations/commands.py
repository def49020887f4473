"""The commands of `docs/operations.md`, run as they are written there."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path

from devstack.deadlines import stretched
from tests.support.stack import REPOSITORY, quick_settings

DOCUMENT = REPOSITORY / "docs" / "operations.md"
MARKED = re.compile(r"<!-- command: (?P<name>[a-z ]+) -->\n```sh\n(?P<script>.*?)```", re.DOTALL)
SECONDS = 240


def written() -> dict[str, str]:
    """Every command that the document marks, by its name."""
    return {found["name"]: found["script"] for found in MARKED.finditer(DOCUMENT.read_text(encoding="utf-8"))}


def run(home: Path, *names: str, **variables: str) -> str:
    """Runs these commands in one shell, after the one that a session begins with; `variables` replace the stack's.

    Answers what they printed; raises AssertionError with all of it when one fails.
    """
    commands = written()
    replaced = "".join(f"export {name}='{value}'\n" for name, value in variables.items())
    script = "\n".join(["set -eu", commands["begin"], replaced, *(commands[name] for name in names)])
    done = subprocess.run(
        ["sh", "-c", script],
        cwd=REPOSITORY,
        env=_environment(home),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=stretched(SECONDS),
        check=False,
    )
    assert done.returncode == 0, f"{names}: {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def _environment(home: Path) -> Mapping[str, str]:
    return {**os.environ, **quick_settings(), "TICKETING_HOME": str(home), "BACKUP": str(home / "backup")}
