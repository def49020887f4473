"""What every worker process does beside its work: periodic sweeps and a heartbeat, until SIGTERM or SIGINT."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, Protocol, TypeVar

import asyncpg
import structlog

from servicekit.settings import ServiceSettings
from servicekit.tracing import new_trace, tracing


class Parts(Protocol):
    """What jobs and sweeps work with: the service's own parts, and its settings among them."""

    @property
    def settings(self) -> ServiceSettings:
        """The settings of the process."""
        ...


Services = TypeVar("Services", bound=Parts)
CountFailure = Callable[[Services, str, str, BaseException], Awaitable[None]]
"""Counts a failure: of `jobs` or `sweeps`, of which of them, and why. Must not raise."""


@dataclass(frozen=True)
class Sweep(Generic[Services]):
    """Something done again and again, by every worker; it must bear being done by several at once."""

    name: str
    every: Callable[[ServiceSettings], float]
    """Seconds between the end of one and the start of the next."""
    run: Callable[[Services], Awaitable[None]]


HEARTBEAT_SECONDS = 5

log = structlog.get_logger()


async def only_logged(_services: Parts, _kind: str, _name: str, _error: BaseException) -> None:
    """For a service that does not count failures: they stand in the log."""


async def repeat(
    sweep: Sweep[Services],
    services: Services,
    stop: asyncio.Event,
    count_failure: CountFailure[Services] = only_logged,
) -> None:
    """Takes `sweep` again and again until `stop`; a round that fails is counted and ends nothing."""
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
