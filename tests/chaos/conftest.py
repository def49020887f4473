"""One stack with a faulty network for all tests that need one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from devstack.temporary import roomy_folder
from tests.support.faulty_stack import FaultyStack, faulty_stack


@pytest.fixture(scope="session")
def faulty() -> Iterator[FaultyStack]:
    """Its links are whole between two tests."""
    with faulty_stack(folder=roomy_folder()) as started:
        yield started
