"""The worker: jobs, sweeps, and how it ends."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa
from servicekit.db.jobs import enqueue
from servicekit.rounds import Sweep
from servicekit.tracing import current_trace, new_trace, tracing
from sqlalchemy.ext.asyncio import AsyncEngine
from structlog.testing import capture_logs
from support.process import environment, line_with, running
from support.waiting import until
from ticketing.db.failures import count_failures
from ticketing.domain.work import Loop
from ticketing.services import Services
from ticketing.settings import Settings
from ticketing.usecases.positions import POSITIONS_JOB
from ticketing.worker import run_worker

from devstack.deadlines import stretched

Handler = Callable[[Services, dict[str, Any]], Awaitable[None]]


@asynccontextmanager
async def working(
    services: Services, *, sweeps: tuple[Sweep[Services], ...] = (), **handlers: Handler
) -> AsyncIterator[None]:
    stop = asyncio.Event()
    worker = asyncio.create_task(run_worker(services, stop, handlers=handlers, sweeps=sweeps))
    try:
        yield
    finally:
        stop.set()
        await asyncio.wait_for(worker, stretched(10))


async def ask(engine: AsyncEngine, job: str, payload: dict[str, object] | None = None) -> None:
    async with engine.begin() as connection:
        await enqueue(connection, job, payload or {})


async def test_a_job_is_done_once_for_the_request_that_asked_for_it(services: Services) -> None:
    seen: list[tuple[dict[str, Any], object]] = []

    async def note(_: Services, payload: dict[str, Any]) -> None:
        seen.append((payload, current_trace()))

    trace = new_trace("the-request")
    # Two workers, one job.
    async with working(services, note=note), working(services, note=note):
        with tracing(trace):
            await ask(services.engine, "note", {"number": 7})
        await until(lambda: bool(seen))
    assert seen == [({"number": 7}, trace)]


async def test_a_job_that_fails_is_done_again(services: Services) -> None:
    tries: list[int] = []

    async def fail_once(_: Services, __: dict[str, Any]) -> None:
        tries.append(1)
        if len(tries) == 1:
            raise RuntimeError("not this time")

    async with working(services, fail_once=fail_once):
        await ask(services.engine, "fail_once")
        await until(lambda: len(tries) == 2)


async def test_jobs_and_sweeps_that_fail_are_counted_and_logged_with_what_they_were_about(services: Services) -> None:
    async def fail(_: Services, __: dict[str, Any]) -> None:
        raise RuntimeError("not today")

    async def sweep(_: Services) -> None:
        raise RuntimeError("bad round")

    async def counted() -> bool:
        async with services.engine.connect() as connection:
            return (await count_failures(connection)).keys() == {Loop.JOBS, Loop.SWEEPS}

    with capture_logs() as lines:
        async with working(services, sweeps=(Sweep("bad", lambda _: 600, sweep),), fail=fail):
            await ask(services.engine, "fail", {"booking_id": "the-booking"})
            await until(counted)
    assert [line["payload"] for line in lines if line["event"] == "job.failed"] == ['{"booking_id":"the-booking"}']
    assert [line["sweep"] for line in lines if line["event"] == "sweep.failed"] == ["bad"]


async def test_a_heartbeat_that_cannot_be_written_ends_nothing(services: Services, tmp_path: Path) -> None:
    done: list[int] = []

    async def note(_: Services, payload: dict[str, Any]) -> None:
        done.append(payload["number"])

    nowhere = services.settings.model_copy(update={"heartbeat_file": tmp_path / "no" / "such" / "folder"})
    with capture_logs() as lines:
        async with working(replace(services, settings=nowhere), note=note):
            await until(lambda: any(line["event"] == "worker.heartbeat_failed" for line in lines))
            await ask(services.engine, "note", {"number": 1})
            await until(lambda: done == [1])


async def test_stopping_lets_a_running_job_end(services: Services) -> None:
    started, ended = asyncio.Event(), asyncio.Event()

    async def take_long(_: Services, __: dict[str, Any]) -> None:
        started.set()
        await asyncio.sleep(0.3)
        ended.set()

    async with working(services, take_long=take_long):
        await ask(services.engine, "take_long")
        await asyncio.wait_for(started.wait(), stretched(10))
    assert ended.is_set()


async def test_a_sweep_that_fails_is_done_again(services: Services) -> None:
    rounds: list[int] = []

    async def sweep(_: Services) -> None:
        rounds.append(1)
        raise RuntimeError("bad round")

    async with working(services, sweeps=(Sweep("bad", lambda _: 0.01, sweep),)):
        await until(lambda: len(rounds) >= 3)


async def test_a_process_stops_cleanly_when_told(settings: Settings, engine: AsyncEngine) -> None:
    public = {"PAYMENT_API_KEY": "demo-payment-key-0123456789"}
    async with running("ticketing.worker", env=environment(settings, **public)) as process:
        await line_with(process, '"variables":["PAYMENT_API_KEY"],"event":"settings.public_keys"')
        await line_with(process, "worker.started")
        process.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(process.wait(), stretched(20)) == 0


async def test_a_process_outlives_its_connections(settings: Settings, engine: AsyncEngine) -> None:
    async with running("ticketing.worker", env=environment(settings, LOG_LEVEL="DEBUG")) as process:
        await line_with(process, "worker.started")
        async with engine.begin() as connection:
            query = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'ticket-queue'"
            await until(lambda: _terminated(connection, query))
        await line_with(process, "queue.")
        freed = {"seat_id": uuid4(), "joined_at": datetime.now(UTC), "entry_id": uuid4()}
        await ask(engine, POSITIONS_JOB, freed)
        await line_with(process, "job.started")
        process.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(process.wait(), stretched(20)) == 0


async def _terminated(connection: Any, query: str) -> bool:
    return bool((await connection.execute(sa.text(query))).all())


@pytest.mark.parametrize("module", ["ticketing.main", "ticketing.worker"])
async def test_a_process_refuses_to_start_without_its_secrets(settings: Settings, module: str) -> None:
    env = environment(settings, PAYMENT_API_KEY="short")
    async with running(module, env=env) as process:
        _, errors = await asyncio.wait_for(process.communicate(), stretched(20))
    assert process.returncode == 2
    expected = (
        "The ticket service cannot start: PAYMENT_API_KEY is not usable: must be a key of at least 24 characters."
    )
    assert errors.decode().strip() == expected
