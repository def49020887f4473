"""What the tests of bookings share."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from conftest import SERVICE_KEY
from sqlalchemy.ext.asyncio import AsyncEngine
from support.stage import Stage, stage_on
from ticketing.settings import Settings


@pytest.fixture
async def stage(settings: Settings, engine: AsyncEngine, tmp_path: Path) -> AsyncIterator[Stage]:
    """The ticket service between an organizer and a payment service, on an empty database."""
    async with stage_on(settings, tmp_path, SERVICE_KEY) as opened:
        yield opened
