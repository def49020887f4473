"""What every worker process does besides its work: periodic sweeps and a heartbeat, until SIGTERM or SIGINT."""

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
    """The shared objects of a service that jobs and sweeps need: at least its settings."""

    @property
    def settings(self) -> ServiceSettings:
        """The settings of the process."""
        ...


Services = TypeVar("Services", bound=Parts)
CountFailure = Callable[[Services, str, str, BaseException], Awaitable[None]]
"""Counts a failure, given its kind (`jobs` or `sweeps`), the name of the job or sweep, and the error; never raises."""


@dataclass(frozen=True)
class Sweep(Generic[Services]):
    """Work that every worker repeats; several workers may do it at the same time."""

    name: str
    every: Callable[[ServiceSettings], float]
    """Returns the seconds between the end of one round and the start of the next."""
    run: Callable[[Services], Awaitable[None]]


HEARTBEAT_SECONDS = 5

log = structlog.get_logger()


async def only_logged(_services: Parts, _kind: str, _name: str, _error: BaseException) -> None:
    """Counts nothing, for a service whose failures appear only in the log."""


async def repeat(
    sweep: Sweep[Services],
    services: Services,
    stop: asyncio.Event,
    count_failure: CountFailure[Services] = only_logged,
) -> None:
    """Repeats `sweep` until `stop` is set; a round that fails is counted, and the next one follows."""
    while not stop.is_set():
        with tracing(new_trace()):
            try:
                await sweep.run(services)
            except Exception as error:
                # A round that fails must not end the sweep.
                log.exception("sweep.failed", sweep=sweep.name)
                await count_failure(services, "sweeps", sweep.name, error)
        await pause(stop, sweep.every(services.settings))


async def beat(heartbeat: Path | None, stop: asyncio.Event) -> None:
    """Touches the file `heartbeat` every few seconds until `stop` is set; without a file, it only writes to the log."""
    while not stop.is_set():
        log.debug("worker.alive")
        if heartbeat is not None:
            try:
                # In a thread, so that a slow disk does not delay the work.
                await asyncio.to_thread(heartbeat.touch)
            except OSError as error:
                # A full disk stops the heartbeat but not the work; a health check sees that the file is old.
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
