"""Runs a load generator in a process of its own, so that its work does not count as that of who measures."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from devstack.home import REPOSITORY

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


def run_generator(module: str, load: DataclassInstance, *, seconds: float | None = None) -> dict[str, Any]:
    """Runs `python -m module` with `load` as JSON on its standard input; returns what it writes, as JSON.

    Raises CalledProcessError if it fails, with its errors on the terminal, and TimeoutExpired after `seconds`.
    """
    done = subprocess.run(
        [sys.executable, "-m", module],
        cwd=REPOSITORY,
        input=json.dumps(asdict(load)),
        stdout=subprocess.PIPE,
        text=True,
        timeout=seconds,
        check=True,
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found
