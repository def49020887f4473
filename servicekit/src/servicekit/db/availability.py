"""Distinguishes errors of an unavailable database from errors of a statement."""

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
"""The errors that statements and attempts to connect raise. A timeout is an OSError; attempts to connect, and
statements that bypass SQLAlchemy, raise the driver's own errors."""

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
"""The SQLSTATEs, or their first characters, that mean that the database is unavailable."""


def is_unavailable(error: BaseException) -> bool:
    """Whether the same call may succeed when the database is available again; otherwise `error` is a defect of ours."""
    if isinstance(error, sa.exc.TimeoutError):
        return True
    if isinstance(error, sa.exc.DBAPIError):
        return error.connection_invalidated or _says_unavailable(_driver_error(error))
    return _says_unavailable(error)


def _driver_error(error: sa.exc.DBAPIError) -> BaseException:
    """Returns the driver's error, which SQLAlchemy wraps twice for asyncpg and once for psycopg2."""
    wrapped = error.orig or error
    return wrapped.__cause__ or wrapped


def _says_unavailable(error: BaseException) -> bool:
    state = getattr(error, "sqlstate", None) or getattr(error, "pgcode", None)
    if state:
        return str(state).startswith(_UNAVAILABLE)
    # psycopg2 gives no SQLSTATE for a failed connection; its class has the name that PEP 249 defines.
    lost = isinstance(error, (OSError, asyncpg.InterfaceError, asyncpg.InternalClientError))
    # asyncpg also raises an InterfaceError for an argument that it cannot send; that error is also a ValueError.
    return (lost or type(error).__name__ == "OperationalError") and not isinstance(error, ValueError)
