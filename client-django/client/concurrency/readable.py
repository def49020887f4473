"""Asks the kernel whether something has arrived, without waiting."""

import select

from gevent import monkey


def has_something_to_read(file_number: int) -> bool:
    """Returns whether a read would return at once: bytes, or the end of the connection.

    It never waits, so it needs no turn of the loop, which gevent's own `poll` takes even then.
    """
    poll = monkey.get_original("select", "poll")()
    poll.register(file_number, select.POLLIN | select.POLLHUP | select.POLLERR)
    return bool(poll.poll(0))
