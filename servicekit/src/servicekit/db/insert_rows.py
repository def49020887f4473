"""Inserts any number of rows of a table by one statement, in one round trip."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import sqlalchemy as sa
from pydantic_core import to_json
from sqlalchemy.ext.asyncio import AsyncConnection


async def insert_rows(connection: AsyncConnection, table: sa.Table, rows: Sequence[Mapping[str, object]]) -> None:
    """Inserts `rows` in the transaction of `connection`; all of them name the same columns.

    The other columns have their defaults in the database. The rows travel as one JSON array, so that the statement is
    the same for any number of them, and prepared once.
    """
    if not rows:
        return
    columns = ", ".join(f'"{table.c[name].name}"' for name in rows[0])
    statement = (
        f"INSERT INTO {table.name} ({columns}) SELECT {columns} FROM json_populate_recordset(NULL::{table.name}, $1)"  # noqa: S608
    )
    await connection.exec_driver_sql(statement, (to_json(rows).decode(),))
