"""Tells errors of a database that cannot serve anybody from errors of one statement."""

from django.db import DatabaseError, InterfaceError, OperationalError
from django.db.utils import Error

# PostgreSQL, appendix A: connection exception, insufficient resources (disk full, too many connections), system error.
AWAY_CLASSES = frozenset({"08", "53", "58"})
AWAY = frozenset(
    {
        "25006",  # read-only transaction
        "25P03",  # idle in transaction for too long: the connection was closed
        "57P01",  # admin shutdown
        "57P02",  # crash shutdown
        "57P03",  # cannot connect now
        "57P05",  # idle session timeout
    }
)
# The statement waited too long for a lock or its result, or lost a deadlock: a repeated call may succeed in a moment.
BUSY = frozenset({"40001", "40P01", "55P03", "57014"})


def sqlstate(error: BaseException) -> str | None:
    """Returns the SQLSTATE of the server's error; None if no server answered."""
    state = getattr(error.__cause__, "pgcode", None)
    return str(state) if state else None


def is_unavailable(error: BaseException) -> bool:
    """Returns whether the database is unreachable, shut down, full, read-only or out of connections."""
    if not isinstance(error, Error):
        return False
    state = sqlstate(error)
    if state is None:
        # If a connection ends in the middle of an answer, the driver raises its most general error.
        lost = type(error) is DatabaseError and error.__cause__ is not None
        return lost or isinstance(error, (OperationalError, InterfaceError))
    return state[:2] in AWAY_CLASSES or state in AWAY


def is_caused_by_database(error: BaseException | None) -> bool:
    """Returns whether the error, or an error that caused it, means that the database cannot serve."""
    while error is not None:
        if is_retryable(error):
            return True
        error = error.__cause__ or error.__context__
    return False


def is_retryable(error: BaseException) -> bool:
    """Returns whether a repeated call may succeed later: the database is away or busy."""
    return is_unavailable(error) or (isinstance(error, Error) and sqlstate(error) in BUSY)
