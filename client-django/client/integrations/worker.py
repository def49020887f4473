"""The worker: jobs (e-mails), and what heals by itself. Any number of them may run at once;
all coordination is in PostgreSQL.
"""

import threading
import time
from collections.abc import Callable
from datetime import timedelta

import structlog
from django.core.management import call_command
from django.db import DatabaseError, close_old_connections, connection
from django.utils import timezone
from django.utils.crypto import get_random_string
from django_tasks_db.management.commands.db_worker import Worker

from client.accounts.closed_accounts import closed_accounts_let_go
from client.api import context
from client.api.idempotency import REMEMBERED
from client.api.models import IdempotencyKey, ThrottleWindow
from client.bookings.reconcile import reconcile_due
from client.integrations.models import InboxMessage
from client.notifications.emails import email_send, emails_due
from config.env import environment

TASK_PAUSE = 0.5
FAILURE_PAUSE = 2.0
CLEANING_PAUSE = timedelta(hours=1)
# Longer than any sender goes on repeating a message (DESIGN section 5).
INBOX_KEPT = timedelta(days=30)
LONGEST_WINDOW = 86400
log = structlog.get_logger("client.worker")


class ServiceWorker:
    """Runs until `stop`: a thread for jobs and a thread for healing. A job that is running is finished first."""

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
        self._cleaned_at = timezone.now() - CLEANING_PAUSE

    def run(self) -> None:
        threads = [
            threading.Thread(target=self._keep_doing, args=(self._jobs.run,), name="jobs"),
            threading.Thread(target=self._keep_doing, args=(self._heal_for_a_while,), name="healing"),
        ]
        for thread in threads:
            thread.start()
        log.info("worker started")
        for thread in threads:
            while thread.is_alive():
                thread.join(timeout=0.5)
        log.info("worker stopped")

    def stop(self) -> None:
        self._stop.set()
        self._jobs.running = False

    def _keep_doing(self, work: Callable[[], None]) -> None:
        while not self._stop.is_set():
            try:
                close_old_connections()
                work()
            except DatabaseError as error:
                log.error("database trouble", error=str(error))
                connection.close()
                self._stop.wait(FAILURE_PAUSE)
            except Exception:
                log.exception("worker failed and goes on")
                self._stop.wait(FAILURE_PAUSE)
        connection.close()

    def _heal_for_a_while(self) -> None:
        self.heal()
        if heartbeat := environment().heartbeat_file:
            heartbeat.touch()
        self._stop.wait(environment().reconcile_seconds)

    def heal(self) -> None:
        """One round: bookings without news, what closed accounts have left behind, mails that are due again, and now
        and then what is old.
        """
        context.begin()
        reconcile_due(is_stopping=self._stop.is_set)
        closed_accounts_let_go(is_stopping=self._stop.is_set)
        for notification_id in emails_due():
            if self._stop.is_set():
                return
            email_send(notification_id=notification_id)
        if timezone.now() - self._cleaned_at >= CLEANING_PAUSE:
            clean()
            self._cleaned_at = timezone.now()


def clean() -> None:
    """Forgets what nothing needs any more."""
    now = timezone.now()
    IdempotencyKey.objects.filter(created_at__lt=now - REMEMBERED).delete()
    InboxMessage.objects.filter(received_at__lt=now - INBOX_KEPT).delete()
    ThrottleWindow.objects.filter(window__lt=int(time.time()) - LONGEST_WINDOW).delete()
    call_command("flushexpiredtokens")
    call_command("prune_db_task_results", "--min-age-days", "7", verbosity=0)
