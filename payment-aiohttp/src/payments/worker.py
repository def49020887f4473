"""`python -m payments.worker`: takes up what is due, until SIGTERM or SIGINT. Any number may run.

A database that cannot be reached at the start ends it with one sentence.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from servicekit.lanes import AnyLane, run_lanes
from servicekit.rounds import Sweep, run_until_told_to_stop

from payments.services import WORK_CHANNEL, Services, open_services
from payments.starting import start
from payments.usecases.keep_house import keep_house
from payments.usecases.lanes import LANES

SWEEPS: tuple[Sweep[Services], ...] = (Sweep("housekeeping", lambda _: 3600, keep_house),)


async def run_worker(services: Services, stop: asyncio.Event, *, lanes: Sequence[AnyLane[Services]] = LANES) -> None:
    """Work until `stop`; what is being done is finished first."""
    name = "payment-listener"
    await run_lanes(services, stop, channel=WORK_CHANNEL, application_name=name, lanes=lanes, sweeps=SWEEPS)


def main() -> None:
    """Work until told to stop."""
    settings = start("payment-worker")

    async def work(stop: asyncio.Event) -> None:
        async with open_services(settings, "payment-worker") as services:
            await run_worker(services, stop)

    run_until_told_to_stop(work)


if __name__ == "__main__":
    main()
