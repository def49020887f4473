"""The queue of jobs: it stays up when LISTEN is slow, a probe is lost, or the database goes away for a while."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import asyncpg
import pytest
import sqlalchemy as sa
from pgqueuer.core.qm import QueueManager
from pgqueuer.errors import FailingListenerError
from servicekit.db import job_queue
from servicekit.db.jobs import enqueue
from servicekit.worker import run_worker
from sqlalchemy.ext.asyncio import AsyncEngine
from support.parts import ExampleParts
from support.waiting import wait_until

from devstack.deadlines import stretched

QUEUE = "example-queue"
HEALTHY = QueueManager.listener_healthy
PERIODIC = QueueManager._run_periodic_health_check
ADD_LISTENER = asyncpg.Connection.add_listener


@asynccontextmanager
async def noting(parts: ExampleParts) -> AsyncIterator[tuple[list[Any], asyncio.Task[None]]]:
    """A worker whose only job, `note`, keeps the numbers that it was given."""
    noted: list[Any] = []

    async def note(_: ExampleParts, payload: dict[str, Any]) -> None:
        noted.append(payload["number"])

    stop = asyncio.Event()
    worker = asyncio.create_task(run_worker(parts, stop, application_name=QUEUE, handlers={"note": note}, sweeps=()))
    try:
        yield noted, worker
    finally:
        stop.set()
        await asyncio.wait_for(worker, stretched(20))


async def ask(engine: AsyncEngine, number: int) -> None:
    async with engine.begin() as connection:
        await enqueue(connection, "note", {"number": number})


async def connections(engine: AsyncEngine, condition: str, select: str = "pid") -> list[Any]:
    """Of the queue's own connections those that fulfil `condition`."""
    async with engine.connect() as connection:
        found = await connection.execute(
            sa.text(
                f"SELECT {select} FROM pg_stat_activity WHERE datname = current_database()"
                f" AND application_name = '{QUEUE}' AND {condition}"
            )
        )
        return list(found.scalars())


async def listening(engine: AsyncEngine) -> list[int]:
    return await connections(engine, "query LIKE 'LISTEN%' AND state = 'idle'")


@pytest.fixture
def only_notifications(monkeypatch: pytest.MonkeyPatch) -> None:
    """Polling cannot find the job within the deadline of a test."""
    monkeypatch.setattr(job_queue, "POLL", timedelta(seconds=600))


@pytest.fixture
def lost_probes(monkeypatch: pytest.MonkeyPatch) -> list[BaseException]:
    """Health probes that got no answer; each waits for 0.1 s instead of 10."""
    lost: list[BaseException] = []

    async def probe(self: QueueManager, **arguments: Any) -> Any:
        try:
            return await HEALTHY(self, **arguments)
        except FailingListenerError as error:
            lost.append(error)
            raise

    def often(self: QueueManager) -> Awaitable[None]:
        return PERIODIC(self, timedelta(seconds=0.1))

    monkeypatch.setattr(QueueManager, "listener_healthy", probe)
    monkeypatch.setattr(QueueManager, "_run_periodic_health_check", often)
    return lost


def delay_listen(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    async def late(self: asyncpg.Connection, channel: str, callback: Callable[..., None]) -> None:
        await asyncio.sleep(seconds)
        await ADD_LISTENER(self, channel, callback)

    monkeypatch.setattr(asyncpg.Connection, "add_listener", late)


async def test_a_listen_that_is_slower_than_the_health_probe_does_not_end_the_worker(
    parts: ExampleParts, lost_probes: list[BaseException], monkeypatch: pytest.MonkeyPatch
) -> None:
    delay_listen(monkeypatch, 0.3)
    async with noting(parts) as (noted, worker):
        await wait_until(lambda: bool(lost_probes) or worker.done())
        await ask(parts.engine, 1)
        await wait_until(lambda: noted == [1] or worker.done())
        assert noted == [1]


async def test_jobs_are_done_while_listen_is_not_yet_in_force(
    parts: ExampleParts, monkeypatch: pytest.MonkeyPatch
) -> None:
    delay_listen(monkeypatch, 3600)
    async with noting(parts) as (noted, _):
        for number in (1, 2):
            await ask(parts.engine, number)
            await wait_until(lambda number=number: number in noted, seconds=5)  # type: ignore[misc]


@pytest.mark.usefixtures("only_notifications")
async def test_a_notification_starts_a_job_at_once(parts: ExampleParts) -> None:
    async with noting(parts) as (noted, _):
        await wait_until(lambda: listening(parts.engine))
        await ask(parts.engine, 1)
        await wait_until(lambda: noted == [1])


@pytest.mark.usefixtures("only_notifications")
async def test_a_listener_whose_connection_is_ended_listens_again(parts: ExampleParts) -> None:
    async with noting(parts) as (noted, _):
        await wait_until(lambda: listening(parts.engine))
        (first,) = await listening(parts.engine)
        await connections(parts.engine, f"pid = {first}", "pg_terminate_backend(pid, 5000)")
        await wait_until(lambda: listening(parts.engine))
        await ask(parts.engine, 1)
        await wait_until(lambda: noted == [1])


async def test_the_queue_goes_on_when_its_database_comes_back(
    parts: ExampleParts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every connection ends and no new one can be made, for three tries; then the database is there again."""
    away = 0
    connect = asyncpg.pool.Pool._get_new_connection

    async def refuse(self: asyncpg.Pool) -> asyncpg.Connection:
        nonlocal away
        if away > 0:
            away -= 1
            raise ConnectionRefusedError("nothing listens there")
        return await connect(self)

    async with noting(parts) as (noted, _):
        await wait_until(lambda: listening(parts.engine))
        monkeypatch.setattr(asyncpg.pool.Pool, "_get_new_connection", refuse)
        away = 3
        await connections(parts.engine, "true", "pg_terminate_backend(pid, 5000)")
        await wait_until(lambda: away == 0)
        await ask(parts.engine, 1)
        await wait_until(lambda: noted == [1])


async def test_jobs_that_always_fail_do_not_crowd_out_the_others(parts: ExampleParts) -> None:
    """More of them than are taken at once, and all of them before the other."""
    done: list[int] = []

    async def fail(_: ExampleParts, __: dict[str, Any]) -> None:
        raise RuntimeError("never")

    async def note(_: ExampleParts, payload: dict[str, Any]) -> None:
        done.append(payload["number"])

    async with parts.engine.begin() as connection:
        for number in range(50):
            await enqueue(connection, "fail", {"number": number})
        await enqueue(connection, "note", {"number": 1})
    stop = asyncio.Event()
    worker = asyncio.create_task(
        run_worker(parts, stop, application_name=QUEUE, handlers={"fail": fail, "note": note}, sweeps=())
    )
    await wait_until(lambda: done == [1])
    stop.set()
    await asyncio.wait_for(worker, stretched(20))
