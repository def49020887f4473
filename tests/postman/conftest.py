"""The stack of the Postman tests."""

from __future__ import annotations

from collections.abc import Mapping

import pytest


@pytest.fixture(scope="session")
def stack_settings() -> Mapping[str, str]:
    """The collection asks the dashboard too, so it runs here; and it meets the limit of unpaid seats."""
    return {"UNPAID_SEATS_PER_BUYER": "20"}
