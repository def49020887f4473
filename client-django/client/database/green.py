"""Lets psycopg2 wait for PostgreSQL without stopping the other greenlets of the process.

psycopg2 calls the wait callback whenever it would block (its documentation, "Support for coroutine libraries").
"""

from gevent.socket import wait_read, wait_write
from psycopg2 import OperationalError
from psycopg2.extensions import POLL_OK, POLL_READ, POLL_WRITE, connection, set_wait_callback

from client.outgoing.deadline import seconds_left_of_request

STATEMENT_SECONDS = 20.0
"""How long a statement outside a request may take. PostgreSQL ends it at the same time (`statement_timeout`)."""


def wait_by_greenlet() -> None:
    """Makes every connection of this process wait by greenlet."""
    set_wait_callback(_wait)


def _wait(waiting: connection) -> None:
    """Waits until the connection is ready. Raises OperationalError when the request's time is over."""
    while (state := waiting.poll()) != POLL_OK:
        left = seconds_left_of_request()
        seconds = STATEMENT_SECONDS if left is None else max(0.0, left)
        over = OperationalError("the database did not answer within the time of the request")
        if state == POLL_READ:
            wait_read(waiting.fileno(), timeout=seconds, timeout_exc=over)
        elif state == POLL_WRITE:
            wait_write(waiting.fileno(), timeout=seconds, timeout_exc=over)
        else:
            raise OperationalError(f"unexpected state of a connection: {state}")
