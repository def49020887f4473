"""What a process looks at before it starts: a database that cannot be used is said in one sentence, without a
traceback.
"""

from __future__ import annotations

import asyncio
import os
import sys
from typing import NoReturn

import asyncpg

from ticketing.db.trouble import DATABASE_ERRORS
from ticketing.settings import DatabaseSettings

CONNECT_SECONDS = 10
UNREACHABLE, WRONG_SETTING = 1, 2
"""Exit statuses."""

_WRONG_SETTING = ("28", "3D", "42501")
"""Classes of SQLSTATE: the server answers, and refuses this login, this database, or this user in it."""


def require_database(settings: DatabaseSettings, *, migrated: bool) -> None:
    """Return when `DATABASE_URL` can be used; else print one sentence and exit, with 1 when the database cannot be
    reached, with 2 when it refuses what the setting says.

    `migrated`: it must have our tables already.
    """
    try:
        asyncio.run(_look(settings, migrated))
    except asyncpg.UndefinedTableError:
        _leave(UNREACHABLE, "its database has no tables yet; run `python -m ticketing.migrate`")
    except DATABASE_ERRORS as error:
        state = str(getattr(error, "sqlstate", None) or "")
        if state.startswith(_WRONG_SETTING) or isinstance(error, ValueError):
            _leave(WRONG_SETTING, f"the database at {_address(settings)} refuses DATABASE_URL: {_reason(error)}")
        _leave(UNREACHABLE, f"the database at {_address(settings)} cannot be reached: {_reason(error)}")


async def _look(settings: DatabaseSettings, migrated: bool) -> None:
    connection = await asyncpg.connect(settings.database_dsn(), timeout=CONNECT_SECONDS)
    try:
        if migrated:
            await connection.execute("SELECT FROM events LIMIT 0")
    finally:
        await connection.close()


def _address(settings: DatabaseSettings) -> str:
    """Host and port alone: the rest of the URL holds the password."""
    host = settings.database_url.hosts()[0]
    return f"{host['host']}:{host['port'] or 5432}"


def _reason(error: BaseException) -> str:
    if isinstance(error, TimeoutError):
        return f"no answer within {CONNECT_SECONDS} seconds"
    if isinstance(error, ConnectionError) and error.errno:
        return os.strerror(error.errno)
    text = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return " ".join(str(text).split()).rstrip(".")


def _leave(status: int, why: str) -> NoReturn:
    print(f"The ticket service cannot start: {why}.", file=sys.stderr)
    raise SystemExit(status)
