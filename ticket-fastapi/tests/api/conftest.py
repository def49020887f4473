"""What the tests of bookings share."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from conftest import SERVICE_KEY
from sqlalchemy.ext.asyncio import AsyncEngine
from support.stage import Stage, stage_on
from ticketing.documents.content import Document
from ticketing.settings import Settings
from ticketing.usecases import issue_document


async def _quick_document(document: Document) -> bytes:
    # Starting a process for ReportLab costs each test a second; one test of the whole chain does it.
    return f"%PDF {document}".encode()


@pytest.fixture
async def stage(
    settings: Settings, engine: AsyncEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Stage]:
    """The ticket service between an organizer and a payment service, on an empty database."""
    monkeypatch.setattr(issue_document, "render", _quick_document)
    async with stage_on(settings, tmp_path, SERVICE_KEY) as opened:
        yield opened
