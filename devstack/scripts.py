"""Runs commands of the repository, outside of the workbench, that use a running stack."""

import importlib.util
import os
import subprocess
import sys
from collections.abc import Sequence

from devstack.environment import StackEnvironment
from devstack.failures import StackFailure
from devstack.home import REPOSITORY


def run(module: str, arguments: Sequence[str], stack: StackEnvironment) -> int:
    """Runs a module of the repository with the lines of `./dev env` in its environment; returns its exit status."""
    if not _exists(module):
        raise StackFailure(f"This clone has no {module.replace('.', '/')}.")
    command = [sys.executable, "-m", module, *arguments]
    environment = {**os.environ, **stack.lines(), "PYTHONPATH": str(REPOSITORY)}
    try:
        return subprocess.run(command, cwd=REPOSITORY, env=environment).returncode
    except KeyboardInterrupt:
        return 130


def _exists(module: str) -> bool:
    try:
        found = importlib.util.find_spec(module)
    except ModuleNotFoundError:
        return False
    return (
        found is not None
        and importlib.util.find_spec(f"{module}.__main__" if found.submodule_search_locations else module) is not None
    )
