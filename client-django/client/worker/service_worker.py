"""The worker: it sends e-mails and runs the loops that repair. Any number of workers may run at once; they coordinate
through PostgreSQL alone.
"""

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

import structlog
from django.db import close_old_connections, connection
from servicekit.heartbeat import HEARTBEAT_SECONDS, STANDS_STILL_AFTER_SECONDS, heartbeat_lines, standing_still

from client.database.failures import is_unavailable
from client.notifications.emails import MailServerUnreachableError
from client.observability import context
from client.worker.cleanup import delete_old_rows
from client.worker.closed_accounts import closed_accounts_release
from client.worker.emails import emails_send_due
from client.worker.item_loop import IsStopping
from client.worker.progress import Progress
from client.worker.reconcile import reconcile_due
from config.env import environment

MAIL_PAUSE = 0.5
FAILURE_PAUSE = 2.0
CLEANING_PAUSE = 3600.0
CLOSED_ACCOUNTS_PAUSES = 5
"""Closed accounts are looked for as seldom as this: few accounts are closed, and nobody waits for an answer."""
log = structlog.get_logger("client.worker")


@dataclass(frozen=True, slots=True)
class Loop:
    """A kind of work, and how many seconds it pauses between two rounds."""

    name: str
    round: Callable[[IsStopping], object]
    """Makes one round; it asks its argument before each item whether the worker stops."""
    pause: float


class ServiceWorker:
    """Runs until `stop`, with a thread for each kind of work, so that no kind waits for a call of another.

    `stop` lets items that are under way finish.
    """

    def __init__(self) -> None:
        self._stop = threading.Event()
        self._loops = _make_loops(environment().reconcile_seconds)
        self._progress = Progress(loop.name for loop in self._loops)

    def run(self) -> None:
        threads = [threading.Thread(target=self._run_loop, args=(loop,), name=loop.name) for loop in self._loops]
        for thread in threads:
            thread.start()
        log.info("worker.started")
        beat_at = time.monotonic()
        for thread in threads:
            while thread.is_alive():
                if time.monotonic() >= beat_at:
                    self._beat()
                    beat_at = time.monotonic() + HEARTBEAT_SECONDS
                thread.join(timeout=0.5)
        log.info("worker.stopped")

    def stop(self) -> None:
        self._stop.set()

    def _beat(self) -> None:
        """Writes the heartbeat file: a line for each loop, which says whether it moves."""
        report = self._progress.still_seconds()
        for loop, seconds in standing_still(report, STANDS_STILL_AFTER_SECONDS).items():
            log.warning("lane.stands_still", lane=loop, seconds=seconds)
        if heartbeat := environment().heartbeat_file:
            # Without the file the container is reported as unhealthy, and the work goes on.
            with suppress(OSError):
                heartbeat.write_text(heartbeat_lines(report, STANDS_STILL_AFTER_SECONDS))

    def _run_loop(self, loop: Loop) -> None:
        while not self._stop.is_set():
            self._stop.wait(loop.pause if self._run_round(loop) else FAILURE_PAUSE)
        connection.close()

    def _run_round(self, loop: Loop) -> bool:
        """Makes one round and returns whether it succeeded."""

        def moves_and_is_stopping() -> bool:
            self._progress.moves(loop.name)
            return self._stop.is_set()

        context.begin()
        self._progress.begins_round(loop.name)
        try:
            close_old_connections()
            loop.round(moves_and_is_stopping)
        except MailServerUnreachableError as error:
            log.warning("mail_server.unreachable", error=str(error))
            return False
        except Exception as error:
            if is_unavailable(error):
                log.error("database.unavailable", loop=loop.name, error=str(error).strip())
            else:
                log.exception("round.failed", loop=loop.name)
            connection.close()
            return False
        self._progress.rests(loop.name)
        return True


def _make_loops(pause: float) -> list[Loop]:
    return [
        Loop("bookings", lambda stopping: reconcile_due(is_stopping=stopping), pause),
        Loop(
            "closed accounts",
            lambda stopping: closed_accounts_release(is_stopping=stopping),
            CLOSED_ACCOUNTS_PAUSES * pause,
        ),
        Loop("e-mails", lambda stopping: emails_send_due(is_stopping=stopping), MAIL_PAUSE),
        Loop("cleanup", lambda stopping: delete_old_rows(is_stopping=stopping), CLEANING_PAUSE),
    ]
