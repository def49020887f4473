"""Lends a bounded number of database connections to the requests of one process.

A request has a connection only while it talks to the database: Django takes one for the first statement, and gives it
back at the end of the request or before ticket is called (`give_back`). Each kind of request has connections of its
own, so that one kind that is stuck never takes those of another.
"""

from __future__ import annotations

import threading
import weakref
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial
from typing import Any, Protocol

from django.db import connection as current
from gevent import lock, monkey
from psycopg2 import OperationalError
from psycopg2.extensions import TRANSACTION_STATUS_IDLE, connection

from client.concurrency.readable import has_something_to_read
from client.outgoing.deadline import seconds_left_of_request

WAIT_SECONDS = 5.0
"""How long a request waits for a free connection."""
OTHERS = "others"
"""The share of everything that names no share."""
_share: ContextVar[str] = ContextVar("database share", default=OTHERS)


class Places(Protocol):
    """A semaphore."""

    def acquire(self, *, timeout: float) -> bool: ...

    def release(self) -> None: ...


class PooledConnection(connection):
    """A connection that gives its place back even if the greenlet that borrowed it is killed."""

    place: weakref.finalize[[], PooledConnection] | None = None

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.prepared: set[str] = set()
        """The names of the statements that PostgreSQL has prepared for it (`client.database.prepared`)."""


class ConnectionPool:
    """Connections for several shares. `shares` says how many connections each may have at a time."""

    def __init__(self, *, shares: Mapping[str, int], wait_seconds: float = WAIT_SECONDS) -> None:
        # The semaphore of the standard library waits with locks and costs several times as much.
        places = lock.BoundedSemaphore if monkey.is_module_patched("threading") else threading.BoundedSemaphore
        self._shares: dict[str, Places] = {name: places(size) for name, size in {OTHERS: 1, **shares}.items()}
        self._wait_seconds = wait_seconds
        self._idle: deque[PooledConnection] = deque()
        self.lent = 0

    def take(self, connect: Callable[[], PooledConnection]) -> PooledConnection:
        """Returns a connection, a new one if none is idle. Raises psycopg2.OperationalError if none becomes free."""
        places = self._shares[_share.get()]
        left = seconds_left_of_request()
        seconds = self._wait_seconds if left is None else min(self._wait_seconds, max(0.0, left))
        if not places.acquire(timeout=seconds):
            raise OperationalError("every database connection for this kind of request is in use")
        try:
            taken = self._usable() or connect()
        except BaseException:
            places.release()
            raise
        self.lent += 1
        taken.place = weakref.finalize(taken, partial(self._end, places))
        return taken

    def put(self, returned: PooledConnection) -> None:
        """Takes a connection back. One that is broken or in a transaction is closed."""
        place, returned.place = returned.place, None
        if returned.closed or returned.info.transaction_status != TRANSACTION_STATUS_IDLE:
            returned.close()
        else:
            self._idle.append(returned)
        if place is not None:
            place()

    def close_idle(self) -> None:
        while self._idle:
            self._idle.pop().close()

    def _end(self, places: Places) -> None:
        self.lent -= 1
        places.release()

    def _usable(self) -> PooledConnection | None:
        """Returns the idle connection that was used last. Closes those that PostgreSQL has ended."""
        while self._idle:
            found = self._idle.pop()
            # PostgreSQL sends nothing but its end to a connection that is idle. Asking costs no round trip.
            if not found.closed and not has_something_to_read(found.fileno()):
                return found
            found.close()
        return None


_pool: ConnectionPool | None = None


def open_pool(pool: ConnectionPool | None) -> None:
    """Makes Django take its connections from the pool; None gives every thread a connection of its own again."""
    global _pool  # noqa: PLW0603 - a process has one pool, or none
    _pool = pool


def opened_pool() -> ConnectionPool | None:
    return _pool


def give_back() -> None:
    """Gives the running request's connection back, before it waits for something else. The next statement takes one
    again.
    """
    if _pool is not None:
        current.close()


@contextmanager
def share(name: str) -> Iterator[None]:
    """Names the share from which everything inside takes its connections."""
    token = _share.set(name)
    try:
        yield
    finally:
        _share.reset(token)
