"""`python -m ticketing.worker`: does the work that is due, until SIGTERM or SIGINT. Several workers can run.

If the database cannot be reached at the start, the process prints one sentence and ends.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from servicekit.lanes import AnyLane, run_lanes
from servicekit.rounds import Sweep, run_until_signalled

from ticketing.domain.work import Loop
from ticketing.services import WORK_CHANNEL, Services, open_services
from ticketing.start import start
from ticketing.usecases.waitlist.close_queues import close_queues
from ticketing.usecases.work_items import count_failed
from ticketing.usecases.worker.cleanup import clean_up
from ticketing.usecases.worker.ensure_bucket import ensure_bucket
from ticketing.usecases.worker.lanes import LANES

SWEEPS: tuple[Sweep[Services], ...] = (
    Sweep("queues", lambda settings: settings.sweep_seconds, close_queues),
    Sweep("bucket", lambda _: 60, ensure_bucket),
    Sweep("cleanup", lambda _: 3600, clean_up),
)


async def _count_failed_sweep(services: Services, name: str, error: BaseException) -> None:
    await count_failed(services, Loop.SWEEPS, name, error)


async def run_worker(
    services: Services,
    stop: asyncio.Event,
    *,
    lanes: Sequence[AnyLane[Services]] = LANES,
    sweeps: Sequence[Sweep[Services]] = SWEEPS,
) -> None:
    """Works until `stop` is set; finishes the items in progress first."""
    await run_lanes(
        services,
        stop,
        channel=WORK_CHANNEL,
        application_name="ticket-listener",
        lanes=lanes,
        sweeps=sweeps,
        count_failure=_count_failed_sweep,
    )


def main() -> None:
    """Runs the worker until the process is told to stop."""
    settings = start("ticket-worker")

    async def work(stop: asyncio.Event) -> None:
        async with open_services(settings, "ticket-worker") as services:
            await run_worker(services, stop)

    run_until_signalled(work)
