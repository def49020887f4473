"""Deletes what is too old to be needed."""

import time
from collections.abc import Callable
from datetime import timedelta

from django.core.management import call_command
from django.utils import timezone

from client.accounts.models import TokenFamily
from client.edge.idempotency import REMEMBERED
from client.edge.models import IdempotencyKey, ThrottleWindow
from client.webhooks.models import InboxMessage
from client.worker.item_loop import IsStopping, process_each

# Longer than any sender repeats an event (docs/booking.md, Webhooks).
INBOX_KEPT = timedelta(days=30)
LONGEST_WINDOW = 86400
Step = Callable[[], object]


def delete_old_rows(*, is_stopping: IsStopping = lambda: False) -> int:
    """Deletes old rows of every kind. Returns how many kinds succeeded."""
    return process_each("cleanup", STEPS, _do, name=lambda step: step.__name__, is_stopping=is_stopping).done


def _do(step: Step) -> bool:
    step()
    return True


def idempotency_keys() -> None:
    IdempotencyKey.objects.filter(created_at__lt=timezone.now() - REMEMBERED).delete()


def received_webhooks() -> None:
    InboxMessage.objects.filter(received_at__lt=timezone.now() - INBOX_KEPT).delete()


def throttle_windows() -> None:
    ThrottleWindow.objects.filter(window__lt=int(time.time()) - LONGEST_WINDOW).delete()


def expired_tokens() -> None:
    call_command("flushexpiredtokens")
    TokenFamily.objects.filter(expires_at__lt=timezone.now()).delete()


def task_results() -> None:
    call_command("prune_db_task_results", "--min-age-days", "7", verbosity=0)


STEPS: list[Step] = [idempotency_keys, received_webhooks, throttle_windows, expired_tokens, task_results]
