"""Checks the database before a process starts: one that cannot be used is reported in one sentence, without a
traceback.
"""

from __future__ import annotations

import asyncio
import os

import asyncpg

from servicekit.db.availability import DATABASE_ERRORS
from servicekit.settings import UNREACHABLE, WRONG_SETTING, DatabaseSettings, refuse_to_start

CONNECT_SECONDS = 10

_WRONG_SETTING = ("28", "3D", "42501")
"""SQLSTATEs, or their first characters, of a server that refuses the login, the database, or access to it."""


def require_database(settings: DatabaseSettings, service: str, *, table: str | None, migrate: str) -> None:
    """Returns if `DATABASE_URL` can be used; otherwise prints one sentence and ends the process of `service`.

    The exit status is 1 if the database cannot be reached, 2 if it refuses the setting. If `table` is not None and is
    missing, the sentence names the command `migrate`.
    """
    where = f"the database of DATABASE_URL, at {settings.database_address()},"
    try:
        asyncio.run(_look(settings, table))
    except asyncpg.UndefinedTableError:
        refuse_to_start(service, f"its database has no tables yet; run `{migrate}`", UNREACHABLE)
    except DATABASE_ERRORS as error:
        state = str(getattr(error, "sqlstate", None) or "")
        if state.startswith(_WRONG_SETTING) or isinstance(error, ValueError):
            refuse_to_start(service, f"{where} refuses it: {_reason(error)}", WRONG_SETTING)
        refuse_to_start(service, f"{where} cannot be reached: {_reason(error)}", UNREACHABLE)


async def _look(settings: DatabaseSettings, table: str | None) -> None:
    connection = await asyncpg.connect(settings.database_dsn(), timeout=CONNECT_SECONDS)
    try:
        if table is not None:
            await connection.execute(f"SELECT FROM {table} LIMIT 0")
    finally:
        await connection.close()


def _reason(error: BaseException) -> str:
    if isinstance(error, TimeoutError):
        return f"no answer within {CONNECT_SECONDS} seconds"
    if isinstance(error, ConnectionError) and error.errno:
        return os.strerror(error.errno)
    text = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return " ".join(str(text).split()).rstrip(".")
