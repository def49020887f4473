"""What the workbench's tests share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from devstack import orphans, ports
from devstack.home import Home


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    """A home of its own, which others may pass (PostgreSQL may run as another user); nothing of it runs afterwards."""
    for folder in (tmp_path, tmp_path.parent, tmp_path.parent.parent):
        folder.chmod(0o755)
    found = Home(tmp_path / "home")
    yield found
    orphans.end(found)


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
