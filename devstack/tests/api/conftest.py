"""Fixtures with real servers for the workbench's own tests."""

from collections.abc import Iterator

import pytest

from devstack import throwaway_servers
from devstack.throwaway_servers import ThrowawayServers


@pytest.fixture(scope="session")
def servers() -> Iterator[ThrowawayServers]:
    with throwaway_servers.running() as found:
        yield found


@pytest.fixture
def given_store(servers: ThrowawayServers) -> dict[str, str]:
    """Returns the variables that give a stack the session's object store.

    For tests of stacks whose object store does not matter: starting MinIO takes as long as all the rest.
    """
    store = servers.object_store
    return {"S3_ENDPOINT": store.endpoint, "S3_ACCESS_KEY": store.access_key, "S3_SECRET_KEY": store.secret_key}
