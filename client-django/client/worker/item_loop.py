"""Runs work item by item: an item that fails does not stop the others."""

import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar
from uuid import UUID

import structlog

from client.database.failures import is_unavailable
from client.domain.errors import TicketFailedError, TicketUnavailableError
from client.observability.metrics import WORK_FAILURES
from client.ticket_api.errors import TicketRefusedError
from client.ticket_api.reachability import reachability

T = TypeVar("T")
IsStopping = Callable[[], bool]
UNANSWERED_IN_A_ROW = 3
"""If so many items in a row get no answer, ticket is unreachable and the items are not at fault."""
log = structlog.get_logger("client.worker")


@dataclass(frozen=True, slots=True)
class Round:
    """How many items succeeded, and whether the round is complete: it is not if ticket is unreachable or the worker
    stops.
    """

    done: int
    complete: bool


def process_each(
    loop: str,
    items: Iterable[T],
    act: Callable[[T], bool],
    *,
    failed: Callable[[T], object] | None = None,
    name: Callable[[T], str] = str,
    is_stopping: IsStopping = lambda: False,
) -> Round:
    """Calls `act` for each item. An exception is logged with the item's name and counted, and `failed` is called.

    Raises only if the database is away.
    """
    done = unanswered = 0
    for item in items:
        if is_stopping() or unanswered == UNANSWERED_IN_A_ROW:
            return Round(done, complete=False)
        # Each item calls ticket itself: a failed call for one item says nothing about the next.
        reachability.mark_reachable()
        try:
            done += act(item)
            unanswered = 0
        except Exception as error:
            if is_unavailable(error):
                raise
            if isinstance(error, TicketUnavailableError) and not isinstance(error, TicketFailedError):
                unanswered += 1
                continue
            unanswered = 0
            _record(loop, name(item), error)
            if failed:
                failed(item)
    return Round(done, complete=unanswered == 0)


def _record(loop: str, item: str, error: Exception) -> None:
    WORK_FAILURES.labels(loop).inc()
    if isinstance(error, TicketRefusedError):
        log.error("work.refused", loop=loop, item=item, problem=error.problem.type)
    else:
        log.error("work.failed", loop=loop, item=item, exc_info=error)


class Backoff:
    """How long failed items rest: twice as long after each failure in a row. Only this process remembers it."""

    KEPT = 10_000

    def __init__(self, *, first: timedelta, longest: timedelta, clock: Callable[[], float] = time.monotonic) -> None:
        self._first, self._longest, self._clock = first, longest, clock
        self._failures: OrderedDict[UUID, tuple[int, float]] = OrderedDict()

    def failed(self, key: UUID) -> timedelta:
        """Records a failure and returns how long the item rests."""
        count, _ = self._failures.pop(key, (0, 0.0))
        pause = min(self._first * (1 << min(count, 30)), self._longest)
        self._failures[key] = (count + 1, self._clock() + pause.total_seconds())
        while len(self._failures) > self.KEPT:
            self._failures.popitem(last=False)
        return pause

    def succeeded(self, key: UUID) -> None:
        self._failures.pop(key, None)

    def resting(self) -> list[UUID]:
        now = self._clock()
        return [key for key, (_, until) in self._failures.items() if until > now]
