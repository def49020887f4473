"""Fixtures of the tests across services: one stack with real processes for the whole session."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from devstack.environment import WITHOUT_FRONTEND
from tests.support.stack import RunningStack, attach, running_stack
from tests.support.world import World

IS_LONG = os.environ.get("TEST_LENGTH", "full") == "full"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What is marked `long` runs on request only: by the name of its group."""
    for item in items:
        if item.get_closest_marker("long") and not IS_LONG:
            item.add_marker(pytest.mark.skip(reason="long form: name the group on ./dev test"))


@pytest.fixture(scope="session")
def stack_settings() -> Mapping[str, str]:
    """Settings of the private stack besides the usual ones; a group of tests may replace them."""
    return {WITHOUT_FRONTEND: "true"}


@pytest.fixture(scope="session")
def stack(stack_settings: Mapping[str, str]) -> Iterator[RunningStack]:
    """A private stack; `TEST_STACK_HOME` names one that runs already and is left running."""
    home = os.environ.get("TEST_STACK_HOME")
    if home:
        yield attach(Path(home), os.environ)
    else:
        with running_stack(stack_settings) as started:
            yield started


@pytest.fixture
def world(stack: RunningStack) -> Iterator[World]:
    """An event of this test's own, outcomes that nothing leaves to chance; afterwards every invariant must hold."""
    world = World(stack)
    try:
        world.calm()
        yield world
        world.calm()
        stack.check()
    finally:
        world.close()
