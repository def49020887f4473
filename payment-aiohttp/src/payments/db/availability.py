"""Whether the database can serve: at the start, at `/readyz`, and what an error of a request says of it."""

from __future__ import annotations

import socket

import asyncpg
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from payments.db.engine import CHECKOUT_SECONDS
from payments.settings import DatabaseSettings

_UNAVAILABLE = (
    "08",  # the connection is lost
    "25006",  # read-only
    "28",  # the login is refused
    "3D",  # there is no such database
    "40",  # this transaction lost a deadlock
    "53",  # no disk space, memory or connection is left
    "55000",  # closed to connections
    "57P",  # shut down
    "58",  # trouble with its files
)
"""SQLSTATEs, or their beginnings, of a database that cannot serve a request."""

_TAKES_WRITES = sa.text("UPDATE webhook_config SET url = url WHERE false")
"""Refused by a database that is read-only."""
_HAS_ROOM = sa.text("SELECT count(*) FROM generate_series(1, 20000)")
"""More than fits into 64 kB of memory, so it goes through a temporary file; refused when the disk is full."""


def is_unavailable(error: BaseException) -> bool:
    """Whether `error` is the database's inability to serve, rather than a defect of ours."""
    if isinstance(error, sa.exc.DBAPIError):
        if error.connection_invalidated or isinstance(error, sa.exc.InterfaceError | sa.exc.OperationalError):
            return True
        error = error.orig or error
    # Errors on the way to a connection come from the driver as they are.
    if isinstance(error, sa.exc.TimeoutError | OSError | asyncpg.InterfaceError):
        return True
    return str(getattr(error, "sqlstate", None) or "").startswith(_UNAVAILABLE)


async def prove_usable(engine: AsyncEngine) -> None:
    """Return when the database takes reads and writes; raises when it does not. Nothing is left behind."""
    async with engine.connect() as connection:
        await connection.execute(sa.text("SET LOCAL work_mem = '64kB'"))
        await connection.execute(_TAKES_WRITES)
        await connection.execute(_HAS_ROOM)


class DatabaseUnusableError(Exception):
    """A process cannot work with its database: `status` is 1 when it is not to be reached, 2 for a wrong setting."""

    def __init__(self, sentence: str, status: int) -> None:
        super().__init__(sentence)
        self.status = status


async def require_database(settings: DatabaseSettings) -> None:
    """Return when the database of `DATABASE_URL` takes a connection; DatabaseUnusableError when it does not."""
    try:
        connection = await asyncpg.connect(settings.database_dsn(), timeout=CHECKOUT_SECONDS)
    except (
        asyncpg.InvalidAuthorizationSpecificationError,
        asyncpg.InvalidCatalogNameError,
        asyncpg.InsufficientPrivilegeError,
        asyncpg.ClientConfigurationError,
    ) as error:
        raise DatabaseUnusableError(f"DATABASE_URL is not usable: {_first_line(error)}", 2) from error
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        sentence = f"the database of DATABASE_URL ({settings.database_address()}) cannot be reached: {_reason(error)}"
        raise DatabaseUnusableError(sentence, 1) from error
    await connection.close()


def _reason(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return f"no answer within {CHECKOUT_SECONDS} seconds"
    if isinstance(error, ConnectionRefusedError):
        return "connection refused"
    if isinstance(error, socket.gaierror):
        return "unknown host"
    return _first_line(error)


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0].rstrip(".") or type(error).__name__
