"""One stack of containers for the whole session."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.compose import compose_versions
from tests.compose.compose_stack import ComposeStack, compose_stack
from tests.support.world import World


@pytest.fixture(scope="session")
def containers() -> Iterator[ComposeStack]:
    """The platform in containers, under the newest Compose that is here."""
    with compose_stack(compose_versions.best(), "ticketing-test") as stack:
        yield stack


@pytest.fixture
def world(containers: ComposeStack) -> Iterator[World[ComposeStack]]:
    """An event of this test's own in the containers; afterwards every invariant must hold."""
    world = World(containers)
    world.calm()
    yield world
    world.calm()
    containers.check(deadline_seconds=120)
    world.close()
