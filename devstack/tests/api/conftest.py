"""Fixtures with real servers for the workbench's own tests."""

from collections.abc import Iterator

import pytest

from devstack import throwaway_servers
from devstack.throwaway_servers import ThrowawayServers


@pytest.fixture(scope="session")
def servers() -> Iterator[ThrowawayServers]:
    with throwaway_servers.running() as found:
        yield found
