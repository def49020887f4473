"""The stack of the Postman tests."""

from __future__ import annotations

from collections.abc import Mapping

import pytest


@pytest.fixture(scope="session")
def stack_settings() -> Mapping[str, str]:
    """The collection asks the dashboard too, so it runs here."""
    return {}
