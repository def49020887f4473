"""`python -m payments.worker`: does work that is due, until SIGTERM or SIGINT. Any number of workers may run.

If the database cannot be reached at the start, the process prints one sentence and exits.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from servicekit.lanes import AnyLane, run_lanes
from servicekit.rounds import Sweep, run_until_signalled

from payments.services import WORK_CHANNEL, Services, open_services
from payments.start import start
from payments.usecases.cleanup import clean_up
from payments.usecases.lanes import LANES

SWEEPS: tuple[Sweep[Services], ...] = (Sweep("cleanup", lambda _: 3600, clean_up),)


async def run_worker(services: Services, stop: asyncio.Event, *, lanes: Sequence[AnyLane[Services]] = LANES) -> None:
    """Runs the lanes and sweeps until `stop` is set; work in progress is finished first."""
    name = "payment-listener"
    await run_lanes(services, stop, channel=WORK_CHANNEL, application_name=name, lanes=lanes, sweeps=SWEEPS)


def main() -> None:
    """Runs the worker until it is signalled to stop."""
    settings = start("payment-worker")

    async def work(stop: asyncio.Event) -> None:
        async with open_services(settings, "payment-worker") as services:
            await run_worker(services, stop)

    run_until_signalled(work)


if __name__ == "__main__":
    main()
