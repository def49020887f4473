"""A worker that does jobs of PgQueuer beside its sweeps. Any number may run.

While PostgreSQL is away it waits; nothing is lost, for jobs are rows.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any

import asyncpg
import structlog
from pgqueuer import PgQueuer
from pgqueuer.core.executors import DatabaseRetryEntrypointExecutor
from pgqueuer.models import Job
from pydantic_core import from_json

from servicekit.db.engine import COMMAND_SECONDS, CONNECT_SECONDS
from servicekit.db.job_queue import run_queue
from servicekit.rounds import CountFailure, Services, Sweep, beat, only_logged, repeat
from servicekit.tracing import new_trace, tracing

Payload = dict[str, Any]
Handler = Callable[[Services, Payload], Awaitable[None]]
"""What a job does. It may run twice (a worker that died has its jobs done by another) and must bear it."""
JOB_ATTEMPTS = 6
"""Then the job is dropped and logged; the sweeps find what is still to be done."""

log = structlog.get_logger()


async def run_worker(
    services: Services,
    stop: asyncio.Event,
    *,
    application_name: str,
    handlers: Mapping[str, Handler[Services]],
    sweeps: Sequence[Sweep[Services]],
    count_failure: CountFailure[Services] = only_logged,
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
                group.create_task(repeat(sweep, services, stop, count_failure))
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
