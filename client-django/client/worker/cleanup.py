"""Deletes what is too old to be needed."""

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django_tasks_db.models import DBTaskResult
from rest_framework_simplejwt.token_blacklist.models import OutstandingToken

from client.accounts.models import TokenFamily
from client.bookings.models import BookingChange
from client.edge.idempotency import REMEMBERED
from client.edge.models import IdempotencyKey, KnownAddress, ThrottleWindow
from client.edge.throttles import parse_rate
from client.notifications.models import EmailState, Notification
from client.webhooks.models import InboxMessage
from client.worker.item_loop import IsStopping, process_each
from config.env import environment

# Longer than any sender repeats an event (docs/booking.md, Webhooks).
INBOX_KEPT = timedelta(days=30)
NOTIFICATIONS_KEPT = timedelta(days=365)
HISTORY_KEPT = timedelta(days=730)
TASK_RESULTS_KEPT = timedelta(days=7)
BATCH = 1000
ADDRESSES_KEPT = timedelta(days=180)
Step = Callable[[], object]


def delete_old_rows(*, is_stopping: IsStopping = lambda: False) -> int:
    """Deletes old rows of every kind. Returns how many kinds succeeded."""
    return process_each("cleanup", STEPS, _do, name=lambda step: step.__name__, is_stopping=is_stopping).done


def _do(step: Step) -> bool:
    step()
    return True


def _delete(old: QuerySet[Any]) -> None:
    """Deletes the rows in batches, each in a statement of its own, so that nothing waits for a long one."""
    while True:
        keys = list(old.values_list("pk", flat=True)[:BATCH])
        old.model._base_manager.filter(pk__in=keys).delete()
        if len(keys) < BATCH:
            return


def idempotency_keys() -> None:
    _delete(IdempotencyKey.objects.filter(created_at__lt=timezone.now() - REMEMBERED))


def received_webhooks() -> None:
    _delete(InboxMessage.objects.filter(received_at__lt=timezone.now() - INBOX_KEPT))


def notifications() -> None:
    old = Notification.objects.filter(created_at__lt=timezone.now() - NOTIFICATIONS_KEPT)
    _delete(old.exclude(email_state=EmailState.PENDING))


def booking_changes() -> None:
    _delete(BookingChange.objects.filter(at__lt=timezone.now() - HISTORY_KEPT))


def throttle_windows() -> None:
    longest = max(seconds for _, seconds in map(parse_rate, environment().rates))
    _delete(ThrottleWindow.objects.filter(window__lt=int(time.time()) - longest))


def known_addresses() -> None:
    _delete(KnownAddress.objects.filter(seen_at__lt=timezone.now() - ADDRESSES_KEPT))


def expired_tokens() -> None:
    _delete(OutstandingToken.objects.filter(expires_at__lte=timezone.now()))
    _delete(TokenFamily.objects.filter(expires_at__lt=timezone.now()))


def task_results() -> None:
    _delete(DBTaskResult.objects.finished().filter(finished_at__lte=timezone.now() - TASK_RESULTS_KEPT))


STEPS: list[Step] = [
    idempotency_keys,
    received_webhooks,
    notifications,
    booking_changes,
    throttle_windows,
    known_addresses,
    expired_tokens,
    task_results,
]
