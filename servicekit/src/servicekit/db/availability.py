"""Whether an error means that the database cannot serve now, or that something is wrong with a statement."""

from __future__ import annotations

import asyncpg
import sqlalchemy as sa

DATABASE_ERRORS = (
    OSError,
    sa.exc.SQLAlchemyError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
)
"""What a statement, or the attempt to connect, may raise. A timeout is an OSError; errors of statements that bypass
SQLAlchemy, and of connecting, are the driver's own."""

_UNAVAILABLE = (
    "08",  # the connection is lost
    "25006",  # read-only
    "28",  # the login is refused
    "3D",  # there is no such database (any more)
    "40",  # this transaction lost a deadlock
    "53",  # no disk space, memory or connection is left
    "55000",  # closed to connections
    "57",  # shut down, not up yet, or cancelled by its administrator
    "58",  # the disk gives errors
)
"""SQLSTATEs, or their beginnings, of a database that cannot serve."""


def is_unavailable(error: BaseException) -> bool:
    """Whether the same call may succeed once the database is well again; if not, `error` is a defect of ours."""
    if isinstance(error, sa.exc.TimeoutError):
        return True
    if isinstance(error, sa.exc.DBAPIError):
        return error.connection_invalidated or _says_unavailable(_driver_error(error))
    return _says_unavailable(error)


def _driver_error(error: sa.exc.DBAPIError) -> BaseException:
    """SQLAlchemy wraps the driver's error twice on asyncpg, once on psycopg2."""
    wrapped = error.orig or error
    return wrapped.__cause__ or wrapped


def _says_unavailable(error: BaseException) -> bool:
    state = getattr(error, "sqlstate", None) or getattr(error, "pgcode", None)
    if state:
        return str(state).startswith(_UNAVAILABLE)
    # psycopg2 has no state for a connection that it cannot make; its class is named like that of PEP 249.
    lost = isinstance(error, (OSError, asyncpg.InterfaceError, asyncpg.InternalClientError))
    # asyncpg calls an argument that it cannot send an interface error too; that one is also a ValueError.
    return (lost or type(error).__name__ == "OperationalError") and not isinstance(error, ValueError)
