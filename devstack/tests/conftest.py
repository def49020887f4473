"""Fixtures of the workbench's tests."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from devstack import orphans, ports
from devstack.home import Home
from devstack.temporary import roomy_folder


@pytest.fixture
def home() -> Iterator[Home]:
    """Returns a home for one test; ends all of its processes afterwards.

    It is not below pytest's folder, which other users cannot enter, because PostgreSQL may run as another user.
    """
    folder = Path(tempfile.mkdtemp(prefix="ticketing-home-", dir=roomy_folder()))
    folder.chmod(0o755)
    found = Home(folder / "home")
    yield found
    orphans.end(found)
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def offset() -> str:
    """Returns a port offset under which all ports of a stack are free."""
    return free_offset()


def free_offset(start: int = 20000) -> str:
    """Returns the first offset from `start`, in steps of 50, whose ports are free."""
    for candidate in range(start, ports.HIGHEST_OFFSET, 50):
        if all(ports.is_free(base + candidate) for base in ports.BASE_PORTS.values()):
            return str(candidate)
    raise AssertionError("no free ports")
