"""A notification wakes workers after the commit of due work; it is not part of the transaction."""

from __future__ import annotations

from collections.abc import AsyncIterator

import asyncpg
import pytest
import sqlalchemy as sa
from ticketing.db.tables import idempotency_keys
from ticketing.services import WORK_CHANNEL, Services
from ticketing.settings import Settings

from devstack.waiting import wait_until


@pytest.fixture
async def heard(settings: Settings) -> AsyncIterator[list[str]]:
    """The notifications that a worker's connection receives."""
    notices: list[str] = []
    worker = await asyncpg.connect(settings.database_dsn())
    await worker.add_listener(WORK_CHANNEL, lambda *notice: notices.append(str(notice[-1])))
    yield notices
    await worker.close()


@pytest.fixture
def rung(services: Services, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """One item for each notification that the service sent."""
    rings: list[int] = []
    monkeypatch.setattr(services.bell, "ring", lambda: rings.append(1))
    return rings


async def test_a_commit_wakes_the_workers(services: Services, heard: list[str]) -> None:
    async with services.transaction() as connection:
        await connection.execute(sa.insert(idempotency_keys).values(caller="a", key="b", request_hash="c"))
    await wait_until(lambda: bool(heard))


async def test_workers_are_notified_after_the_commit_and_not_before(services: Services, rung: list[int]) -> None:
    async with services.transaction() as connection:
        await connection.execute(sa.insert(idempotency_keys).values(caller="a", key="b", request_hash="c"))
        assert rung == []
    assert rung == [1]


async def test_a_rollback_notifies_no_worker(services: Services, rung: list[int]) -> None:
    class OnPurposeError(Exception): ...

    async def begin_and_fail() -> None:
        async with services.transaction() as connection:
            await connection.execute(sa.insert(idempotency_keys).values(caller="a", key="b", request_hash="c"))
            raise OnPurposeError

    with pytest.raises(OnPurposeError):
        await begin_and_fail()
    assert rung == []
    async with services.engine.connect() as connection:
        assert (await connection.execute(sa.select(idempotency_keys))).all() == []
