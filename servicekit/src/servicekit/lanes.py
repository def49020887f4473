"""A worker whose queue is the rows themselves: each lane claims due rows of one kind and works on several at a time.

A lane never waits for another lane, and an item that fails does not stop the others. A notification wakes the lanes as
soon as something may be due; polling finds due rows that no notification announced. Any number of workers may run,
since other workers skip a claimed row until its lease expires.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import structlog

from servicekit.db.lookout import Lookout
from servicekit.db.wake import keep_listening
from servicekit.lane import AnyLane, Lane, Left, Services, Work
from servicekit.lane_runner import LaneRunner
from servicekit.rounds import CountFailure, Sweep, beat, log_only, repeat

__all__ = ["AnyLane", "Lane", "LaneRunner", "Left", "Work", "run_lanes"]

log = structlog.get_logger()


async def run_lanes(
    services: Services,
    stop: asyncio.Event,
    *,
    channel: str,
    application_name: str,
    lanes: Sequence[AnyLane[Services]],
    sweeps: Sequence[Sweep[Services]],
    count_failure: CountFailure[Services] = log_only,
) -> None:
    """Runs all lanes and sweeps until `stop` is set, then finishes the items in progress.

    `channel` is where a `Bell` announces that something may be due; `application_name` is what `pg_stat_activity` shows
    for the connection that listens there. `count_failure` is told of sweeps that failed.
    """
    runners = {lane.name: LaneRunner(lane, services) for lane in lanes}
    waits = {lane.name: lane.seconds_to_next for lane in lanes}
    lookout = Lookout(services.engine, waits, lambda name: runners[name].wake())

    def still_seconds() -> dict[str, float]:
        return {name: runner.still_seconds() for name, runner in runners.items()}

    log.info("worker.started", lanes=list(runners), sweeps=[sweep.name for sweep in sweeps])
    heard = lookout.look
    listening = asyncio.create_task(keep_listening(services.settings, channel, name=application_name, heard=heard))
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(lookout.keep_looking(stop))
            for runner in runners.values():
                group.create_task(runner.run(stop))
            for sweep in sweeps:
                group.create_task(repeat(sweep, services, stop, count_failure))
            group.create_task(beat(services.settings.heartbeat_file, stop, still_seconds))
            await stop.wait()
            lookout.look()
            for runner in runners.values():
                runner.wake()
    finally:
        listening.cancel()
        await asyncio.wait({listening})
    log.info("worker.stopped")
