"""A worker process: background jobs and periodic sweeps, until SIGTERM or SIGINT. Any number may run.

While PostgreSQL is away it waits; nothing is lost, for jobs are rows.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

import asyncpg
import structlog
from pgqueuer import PgQueuer
from pgqueuer.core.executors import DatabaseRetryEntrypointExecutor
from pgqueuer.models import Job
from pydantic_core import from_json

from servicekit.db.engine import COMMAND_SECONDS, CONNECT_SECONDS
from servicekit.db.job_queue import run_queue
from servicekit.settings import ServiceSettings
from servicekit.tracing import new_trace, tracing


class Parts(Protocol):
    """What jobs and sweeps work with: the service's own parts, and its settings among them."""

    @property
    def settings(self) -> ServiceSettings:
        """The settings of the process."""
        ...


Services = TypeVar("Services", bound=Parts)
Payload = dict[str, Any]
Handler = Callable[[Services, Payload], Awaitable[None]]
"""What a job does. It may run twice (a worker that died has its jobs done by another) and must bear it."""
CountFailure = Callable[[Services, str, str, BaseException], Awaitable[None]]
"""Counts a failure: of `jobs` or `sweeps`, of which of them, and why. Must not raise."""


@dataclass(frozen=True)
class Sweep(Generic[Services]):
    """Something done again and again, by every worker; it must bear being done by several at once."""

    name: str
    every: Callable[[ServiceSettings], float]
    """Seconds between the end of one and the start of the next."""
    run: Callable[[Services], Awaitable[None]]


JOB_ATTEMPTS = 6
"""Then the job is dropped and logged; the sweeps find what is still to be done."""
HEARTBEAT_SECONDS = 5

log = structlog.get_logger()


async def run_worker(
    services: Services,
    stop: asyncio.Event,
    *,
    application_name: str,
    handlers: Mapping[str, Handler[Services]],
    sweeps: Sequence[Sweep[Services]],
    count_failure: CountFailure[Services],
) -> None:
    """Works until `stop`; jobs that run are finished first. Raises if the database cannot be reached at the start.

    `application_name` is what `pg_stat_activity` shows for the queue's own connections.
    """
    async with asyncpg.create_pool(
        services.settings.database_dsn(),
        min_size=2,
        max_size=4,
        timeout=CONNECT_SECONDS,
        command_timeout=COMMAND_SECONDS,
        server_settings={"application_name": application_name, "jit": "off"},
    ) as pool:

        def register(queuer: PgQueuer) -> None:
            for name, handler in handlers.items():
                _register(queuer, name, _noted(services, name, handler, count_failure))

        log.info("worker.started", jobs=sorted(handlers), sweeps=[sweep.name for sweep in sweeps])
        async with asyncio.TaskGroup() as group:
            group.create_task(run_queue(pool, register, stop))
            group.create_task(beat(services.settings.heartbeat_file, stop))
            for sweep in sweeps:
                group.create_task(_repeat(sweep, services, stop, count_failure))
        log.info("worker.stopped")


def _noted(
    services: Services, name: str, handler: Handler[Services], count_failure: CountFailure[Services]
) -> Callable[[Job], Awaitable[None]]:
    async def run(job: Job) -> None:
        headers = job.headers or {}
        trace = new_trace(_text(headers.get("x-request-id")), _text(headers.get("traceparent")))
        with tracing(trace):
            log.debug("job.started", job=name, attempt=job.attempts + 1)
            try:
                await handler(services, from_json(job.payload or b"{}"))
            except Exception as error:
                payload = (job.payload or b"").decode(errors="replace")
                log.exception("job.failed", job=name, payload=payload, attempt=job.attempts + 1)
                await count_failure(services, "jobs", f"{name} {payload}", error)
                raise

    return run


def _register(queuer: PgQueuer, name: str, run: Callable[[Job], Awaitable[None]]) -> None:
    queuer.entrypoint(
        name,
        accepts_context=False,
        executor_factory=lambda parameters: DatabaseRetryEntrypointExecutor(
            parameters,
            max_attempts=JOB_ATTEMPTS - 1,
            initial_delay=timedelta(seconds=1),
            max_delay=timedelta(seconds=60),
        ),
    )(run)


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


async def _repeat(
    sweep: Sweep[Services], services: Services, stop: asyncio.Event, count_failure: CountFailure[Services]
) -> None:
    while not stop.is_set():
        with tracing(new_trace()):
            try:
                await sweep.run(services)
            except Exception as error:
                # One bad round must not end the rounds.
                log.exception("sweep.failed", sweep=sweep.name)
                await count_failure(services, "sweeps", sweep.name, error)
        await pause(stop, sweep.every(services.settings))


async def beat(heartbeat: Path | None, stop: asyncio.Event) -> None:
    """Touches the file `heartbeat` again and again until `stop`; without a file, only the log says that it lives."""
    while not stop.is_set():
        log.debug("worker.alive")
        if heartbeat is not None:
            try:
                # A slow disk must not hold up the jobs.
                await asyncio.to_thread(heartbeat.touch)
            except OSError as error:
                # A full disk stops the heartbeat, not the work. Whoever watches the file sees that it grows old.
                log.warning("worker.heartbeat_failed", file=str(heartbeat), error=str(error))
        await pause(stop, HEARTBEAT_SECONDS)


async def pause(stop: asyncio.Event, seconds: float) -> None:
    """Returns after `seconds`, or as soon as `stop` is set."""
    with suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), seconds)


def run_until_told_to_stop(work: Callable[[asyncio.Event], Awaitable[None]]) -> None:
    """Runs `work` until SIGTERM or SIGINT sets its event; the process ends with 1 if the database is lost."""
    try:
        asyncio.run(_until_signalled(work))
    except* (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as lost:
        log.error("worker.lost_database", errors=[repr(error) for error in lost.exceptions])
        raise SystemExit(1) from lost


async def _until_signalled(work: Callable[[asyncio.Event], Awaitable[None]]) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for signal_number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(signal_number, stop.set)
    await work(stop)
