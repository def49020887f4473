"""`python -m ticketing.worker`: background jobs and periodic sweeps, until SIGTERM or SIGINT. Any number may run.

A database that cannot be reached at the start ends it with one sentence.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from uuid import UUID

from servicekit.db.job_outbox import DELIVERY_JOB
from servicekit.rounds import Sweep, run_until_told_to_stop
from servicekit.worker import Handler, Payload

from servicekit import worker
from ticketing.domain.work import Loop
from ticketing.services import Services, open_services
from ticketing.start import start
from ticketing.usecases.cancel_event import carry_on_operations
from ticketing.usecases.close_queues import close_queues
from ticketing.usecases.deliver_webhook import deliver, sweep_deliveries
from ticketing.usecases.ensure_bucket import ensure_bucket
from ticketing.usecases.jobs import BOOKING_JOBS
from ticketing.usecases.keep_house import keep_house
from ticketing.usecases.sweep import sweep_bookings
from ticketing.usecases.work_items import count_failed


async def _deliver(services: Services, payload: Payload) -> None:
    await deliver(services, UUID(payload["delivery_id"]))


JOB_HANDLERS: dict[str, Handler[Services]] = {DELIVERY_JOB: _deliver, **BOOKING_JOBS}

SWEEPS: tuple[Sweep[Services], ...] = (
    # Deadlines are kept to the second, whatever the pace of the other sweeps.
    Sweep("bookings", lambda settings: min(settings.sweep_seconds, 1), sweep_bookings),
    Sweep("queues", lambda settings: settings.sweep_seconds, close_queues),
    Sweep("operations", lambda settings: settings.sweep_seconds, carry_on_operations),
    Sweep("deliveries", lambda settings: settings.sweep_seconds, sweep_deliveries),
    Sweep("bucket", lambda _: 60, ensure_bucket),
    Sweep("housekeeping", lambda _: 3600, keep_house),
)


async def _count(services: Services, kind: str, name: str, error: BaseException) -> None:
    await count_failed(services, Loop(kind), name, error)


async def run_worker(
    services: Services,
    stop: asyncio.Event,
    *,
    handlers: Mapping[str, Handler[Services]] = JOB_HANDLERS,
    sweeps: tuple[Sweep[Services], ...] = SWEEPS,
) -> None:
    """Work until `stop`; jobs that run are finished first. Raises if the database cannot be reached at the start."""
    await worker.run_worker(
        services, stop, application_name="ticket-queue", handlers=handlers, sweeps=sweeps, count_failure=_count
    )


def main() -> None:
    """Work until told to stop."""
    settings = start("ticket-worker")

    async def work(stop: asyncio.Event) -> None:
        async with open_services(settings, "ticket-worker") as services:
            await run_worker(services, stop)

    run_until_told_to_stop(work)


if __name__ == "__main__":
    main()
