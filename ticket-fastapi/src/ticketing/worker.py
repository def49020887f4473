"""`python -m ticketing.worker`: background jobs and periodic sweeps, until SIGTERM or SIGINT. Any number may run.

While PostgreSQL is away it waits; nothing is lost, for jobs are rows. A database that cannot be reached at the start
ends it with an error.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import structlog
from pgqueuer import PgQueuer
from pgqueuer.core.executors import DatabaseRetryEntrypointExecutor
from pgqueuer.models import Job
from pydantic_core import from_json

from ticketing.db.deliveries import DELIVERY_JOB
from ticketing.db.engine import COMMAND_SECONDS, CONNECT_SECONDS
from ticketing.domain.work import Loop
from ticketing.job_queue import run_queue
from ticketing.observability import configure_logging, new_trace, tracing
from ticketing.public_keys import warn_of_public_keys
from ticketing.services import Services, open_services
from ticketing.settings import Settings, load_settings
from ticketing.start import require_database
from ticketing.usecases.cancel_event import carry_on_operations
from ticketing.usecases.close_queues import close_queues
from ticketing.usecases.deliver_webhook import deliver, sweep_deliveries
from ticketing.usecases.ensure_bucket import ensure_bucket
from ticketing.usecases.jobs import BOOKING_JOBS
from ticketing.usecases.keep_house import keep_house
from ticketing.usecases.sweep import sweep_bookings
from ticketing.usecases.work_items import count_failed

Payload = dict[str, Any]
Handler = Callable[[Services, Payload], Awaitable[None]]


async def _deliver(services: Services, payload: Payload) -> None:
    await deliver(services, UUID(payload["delivery_id"]))


JOB_HANDLERS: dict[str, Handler] = {DELIVERY_JOB: _deliver, **BOOKING_JOBS}
"""What each job does. A handler may run twice (a worker that died has its jobs done by another) and must bear it."""


@dataclass(frozen=True, slots=True)
class Sweep:
    """Something done again and again, by every worker; it must bear being done by several at once."""

    name: str
    every: Callable[[Settings], float]
    """Seconds between the end of one and the start of the next."""
    run: Callable[[Services], Awaitable[None]]


SWEEPS: tuple[Sweep, ...] = (
    # Deadlines are kept to the second, whatever the pace of the other sweeps.
    Sweep("bookings", lambda settings: min(settings.sweep_seconds, 1), sweep_bookings),
    Sweep("queues", lambda settings: settings.sweep_seconds, close_queues),
    Sweep("operations", lambda settings: settings.sweep_seconds, carry_on_operations),
    Sweep("deliveries", lambda settings: settings.sweep_seconds, sweep_deliveries),
    Sweep("bucket", lambda _: 60, ensure_bucket),
    Sweep("housekeeping", lambda _: 3600, keep_house),
)

JOB_ATTEMPTS = 6
"""Then the job is dropped and logged; the sweeps find what is still to be done."""
BEAT_SECONDS = 10

log = structlog.get_logger()


async def run_worker(
    services: Services,
    stop: asyncio.Event,
    *,
    handlers: Mapping[str, Handler] = JOB_HANDLERS,
    sweeps: tuple[Sweep, ...] = SWEEPS,
) -> None:
    """Work until `stop`; jobs that run are finished first. Raises when the database cannot be reached at the start."""
    async with asyncpg.create_pool(
        services.settings.database_dsn(),
        min_size=2,
        max_size=4,
        timeout=CONNECT_SECONDS,
        command_timeout=COMMAND_SECONDS,
        server_settings={"application_name": "ticket-queue", "jit": "off"},
    ) as pool:

        def register(queuer: PgQueuer) -> None:
            for name, handler in handlers.items():
                _register(queuer, name, handler, services)

        log.info("worker.started", jobs=sorted(handlers), sweeps=[sweep.name for sweep in sweeps])
        async with asyncio.TaskGroup() as group:
            group.create_task(run_queue(pool, register, stop))
            group.create_task(_beat(services.settings.heartbeat_file, stop))
            for sweep in sweeps:
                group.create_task(_repeat(sweep, services, stop))
        log.info("worker.stopped")


def _register(queuer: PgQueuer, name: str, handler: Handler, services: Services) -> None:
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
                await count_failed(services, Loop.JOBS, f"{name} {payload}", error)
                raise

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


async def _repeat(sweep: Sweep, services: Services, stop: asyncio.Event) -> None:
    while not stop.is_set():
        with tracing(new_trace()):
            try:
                await sweep.run(services)
            except Exception as error:
                # One bad round must not end the rounds.
                log.exception("sweep.failed", sweep=sweep.name)
                await count_failed(services, Loop.SWEEPS, sweep.name, error)
        await _pause(stop, sweep.every(services.settings))


async def _beat(heartbeat: Path | None, stop: asyncio.Event) -> None:
    while not stop.is_set():
        log.debug("worker.alive")
        if heartbeat is not None:
            try:
                await asyncio.to_thread(heartbeat.touch)
            except OSError as error:
                # A full disk stops the heartbeat, not the work.
                log.warning("worker.heartbeat_failed", file=str(heartbeat), error=str(error))
        await _pause(stop, BEAT_SECONDS)


async def _pause(stop: asyncio.Event, seconds: float) -> None:
    with suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), seconds)


async def _main(settings: Settings) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for signal_number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(signal_number, stop.set)
    async with open_services(settings, "ticket-worker") as services:
        await run_worker(services, stop)


def main() -> None:
    """Work until told to stop."""
    settings = load_settings()
    configure_logging(settings.log_level, "ticket-worker")
    warn_of_public_keys(settings)
    require_database(settings, migrated=True)
    try:
        asyncio.run(_main(settings))
    except* (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as lost:
        log.error("worker.lost_database", errors=[repr(error) for error in lost.exceptions])
        raise SystemExit(1) from lost


if __name__ == "__main__":
    main()
