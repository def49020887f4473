"""One stack of containers for the whole session."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.compose.compose_stack import ComposeStack, compose_stack
from tests.support.world import World


@pytest.fixture(scope="session")
def containers() -> Iterator[ComposeStack]:
    """The platform in containers."""
    with compose_stack() as stack:
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
