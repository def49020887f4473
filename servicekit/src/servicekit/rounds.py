"""What every worker process does besides its work: periodic sweeps and a heartbeat, until SIGTERM or SIGINT."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, Protocol, TypeVar

import asyncpg
import structlog
import uvloop

from servicekit.heartbeat import HEARTBEAT_SECONDS, STANDS_STILL_AFTER_SECONDS, heartbeat_lines, standing_still
from servicekit.settings import ServiceSettings
from servicekit.tracing import new_trace, tracing


class Parts(Protocol):
    """The shared objects of a service that jobs and sweeps need: at least its settings."""

    @property
    def settings(self) -> ServiceSettings:
        """The settings of the process."""
        ...


Services = TypeVar("Services", bound=Parts)
CountFailure = Callable[[Services, str, BaseException], Awaitable[None]]
"""Counts a sweep that failed: which one, and why. Must not raise."""


@dataclass(frozen=True)
class Sweep(Generic[Services]):
    """Work that every worker repeats; several workers may do it at the same time."""

    name: str
    every: Callable[[ServiceSettings], float]
    """Returns the seconds between the end of one round and the start of the next."""
    run: Callable[[Services], Awaitable[None]]


log = structlog.get_logger()


async def log_only(_services: Parts, _name: str, _error: BaseException) -> None:
    """Counts nothing: for a service whose failures are only logged."""


async def repeat(
    sweep: Sweep[Services],
    services: Services,
    stop: asyncio.Event,
    count_failure: CountFailure[Services] = log_only,
) -> None:
    """Repeats `sweep` until `stop` is set; a round that fails is counted, and the next one follows."""
    while not stop.is_set():
        with tracing(new_trace()):
            try:
                await sweep.run(services)
            except Exception as error:
                # A round that fails must not end the sweep.
                log.exception("sweep.failed", sweep=sweep.name)
                await count_failure(services, sweep.name, error)
        await pause(stop, sweep.every(services.settings))


async def beat(
    heartbeat: Path | None, stop: asyncio.Event, still_seconds: Callable[[], Mapping[str, float]] = dict
) -> None:
    """Says again and again until `stop` that the process lives: in the log, and by writing the file `heartbeat`.

    `still_seconds` says for each lane how long it has stood still; the file has one line for each lane.
    """
    while not stop.is_set():
        report = still_seconds()
        log.debug("worker.alive", lanes=list(report))
        for lane, seconds in standing_still(report, STANDS_STILL_AFTER_SECONDS).items():
            log.warning("lane.stands_still", lane=lane, seconds=seconds)
        if heartbeat is not None:
            try:
                # A slow disk must not hold up the work.
                await asyncio.to_thread(heartbeat.write_text, heartbeat_lines(report, STANDS_STILL_AFTER_SECONDS))
            except OSError as error:
                # A full disk stops the heartbeat but not the work; a health check sees that the file is old.
                log.warning("worker.heartbeat_failed", file=str(heartbeat), error=str(error))
        await pause(stop, HEARTBEAT_SECONDS)


async def pause(stop: asyncio.Event, seconds: float) -> None:
    """Returns after `seconds`, or as soon as `stop` is set."""
    # Not `wait_for`: up to Python 3.11 it swallows a cancellation that comes together with the end.
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await stop.wait()


def run_until_signalled(work: Callable[[asyncio.Event], Awaitable[None]]) -> None:
    """Runs `work` until SIGTERM or SIGINT sets its event; the process ends with 1 if the database is lost."""
    try:
        uvloop.run(_until_signalled(work))
    except* (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as lost:
        log.error("worker.lost_database", errors=[repr(error) for error in lost.exceptions])
        raise SystemExit(1) from lost


async def _until_signalled(work: Callable[[asyncio.Event], Awaitable[None]]) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for signal_number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(signal_number, stop.set)
    await work(stop)
