"""What the tests of bookings share."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from conftest import SERVICE_KEY
from sqlalchemy.ext.asyncio import AsyncEngine
from support.stage import Stage, stage_on
from support.theatre import Theatre, opened_theatre, quick_document
from ticketing.settings import Settings
from ticketing.usecases.booking import issue_document


@pytest.fixture
async def stage(
    request: pytest.FixtureRequest,
    settings: Settings,
    engine: AsyncEngine,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[Stage]:
    """The ticket service between an organizer and a payment service, on an empty database.

    A parameter holds further arguments of `stage_on`.
    """
    monkeypatch.setattr(issue_document, "render", quick_document)
    async with stage_on(settings, tmp_path, SERVICE_KEY, **getattr(request, "param", {})) as opened:
        yield opened


@pytest.fixture(scope="module")
def _theatre(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Theatre, asyncio.Runner]]:
    with opened_theatre(settings, tmp_path_factory.mktemp("theatre"), SERVICE_KEY) as theatre:
        yield theatre


@pytest.fixture
def opened(_theatre: tuple[Theatre, asyncio.Runner], monkeypatch: pytest.MonkeyPatch) -> tuple[Theatre, asyncio.Runner]:
    """A theatre on a loop of its own, which moves only while something is done; each play leaves it empty."""
    monkeypatch.setattr(issue_document, "render", quick_document)
    return _theatre
