"""The worker: it sends e-mails and runs the loops that repair. Any number of workers may run at once; they coordinate
through PostgreSQL alone.
"""

import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

import structlog
from django.db import close_old_connections, connection
from django.utils.crypto import get_random_string
from django_tasks_db.management.commands.db_worker import Worker

from client.database.failures import is_unavailable
from client.observability import context
from client.worker.cleanup import delete_old_rows
from client.worker.closed_accounts import closed_accounts_release
from client.worker.emails import emails_send_due
from client.worker.reconcile import reconcile_due
from config.env import environment

TASK_PAUSE = 0.5
FAILURE_PAUSE = 2.0
CLEANING_PAUSE = 3600.0
log = structlog.get_logger("client.worker")


@dataclass(frozen=True, slots=True)
class Loop:
    """A kind of work, and how many seconds it pauses between two rounds."""

    name: str
    round: Callable[[], object]
    pause: float


class ServiceWorker:
    """Runs until `stop`, with a thread for each kind of work, so that no kind waits for a call of another.

    `stop` lets items that are under way finish.
    """

    def __init__(self) -> None:
        self._stop = threading.Event()
        self._jobs = Worker(
            queue_names=["default"],
            interval=TASK_PAUSE,
            batch=False,
            backend_name="default",
            startup_delay=False,
            max_tasks=None,
            worker_id=get_random_string(32),
            excluded_queue_names=[],
        )
        self._loops = self._make_loops()

    def _make_loops(self) -> list[Loop]:
        stopping, pause = self._stop.is_set, environment().reconcile_seconds
        return [
            Loop("jobs", self._jobs.run, 0),
            Loop("bookings", self._bookings, pause),
            Loop("closed accounts", lambda: closed_accounts_release(is_stopping=stopping), pause),
            Loop("e-mails", lambda: emails_send_due(is_stopping=stopping), pause),
            Loop("cleanup", lambda: delete_old_rows(is_stopping=stopping), CLEANING_PAUSE),
        ]

    def _bookings(self) -> None:
        reconcile_due(is_stopping=self._beat_and_check_stop)
        self._beat_and_check_stop()

    def _beat_and_check_stop(self) -> bool:
        """Touches the heartbeat file, for container health checks, and returns whether the worker is to stop."""
        if heartbeat := environment().heartbeat_file:
            # Without the file the container is reported as unhealthy, and the work goes on.
            with suppress(OSError):
                heartbeat.touch()
        return self._stop.is_set()

    def run(self) -> None:
        threads = [threading.Thread(target=self._run_loop, args=(loop,), name=loop.name) for loop in self._loops]
        for thread in threads:
            thread.start()
        log.info("worker.started")
        for thread in threads:
            while thread.is_alive():
                thread.join(timeout=0.5)
        log.info("worker.stopped")

    def stop(self) -> None:
        self._stop.set()
        self._jobs.running = False

    def _run_loop(self, loop: Loop) -> None:
        while not self._stop.is_set():
            self._stop.wait(loop.pause if self._run_round(loop) else FAILURE_PAUSE)
        connection.close()

    def _run_round(self, loop: Loop) -> bool:
        context.begin()
        try:
            close_old_connections()
            loop.round()
        except Exception as error:
            if is_unavailable(error):
                log.error("database.unavailable", loop=loop.name, error=str(error).strip())
            else:
                log.exception("round.failed", loop=loop.name)
            connection.close()
            return False
        return True
