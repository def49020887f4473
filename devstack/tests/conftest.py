"""What the workbench's tests share."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from devstack import orphans, ports
from devstack.home import Home


@pytest.fixture
def home() -> Iterator[Home]:
    """A home of its own; nothing of it runs afterwards.

    Not below pytest's own folder, which every session closes to others: PostgreSQL may run as another user.
    """
    folder = Path(tempfile.mkdtemp(prefix="ticketing-home-"))
    folder.chmod(0o755)
    found = Home(folder / "home")
    yield found
    orphans.end(found)
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def offset() -> str:
    """A port offset under which all ports of a stack are free now."""
    return free_offset()


def free_offset(start: int = 20000) -> str:
    """The first offset from `start`, in steps of 50, whose ports nobody uses."""
    for candidate in range(start, ports.HIGHEST_OFFSET, 50):
        if all(ports.is_free(base + candidate) for base in ports.BASE_PORTS.values()):
            return str(candidate)
    raise AssertionError("no free ports")
