"""Rows that are work: each has a due time, and other workers skip a claimed row until its lease expires."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection


class DueRows:
    """The rows of a table that fulfil `conditions`; the column `due` is their due time, the column `key` is unique."""

    def __init__(self, key: sa.Column[Any], due: sa.Column[Any], *conditions: sa.ColumnElement[bool]) -> None:
        self._key = key
        self._due = due
        self._conditions = conditions

    async def claim(
        self,
        connection: AsyncConnection,
        *columns: sa.ColumnElement[Any],
        lease: timedelta,
        limit: int,
        where: Sequence[sa.ColumnElement[bool]] = (),
        values: Mapping[str, object] | None = None,
    ) -> list[sa.Row[Any]]:
        """Claims at most `limit` due rows that fulfil `where`, for `lease`, and returns their `columns`.

        Other workers skip claimed rows, and rows that are just being claimed. `values` are set in the same statement.
        """
        # Materialised, since the planner might otherwise run the subquery again and lock more rows than `limit`.
        picked = (
            sa.select(self._key)
            .where(self._due <= sa.func.now(), *self._conditions, *where)
            .order_by(self._due)
            .limit(limit)
            .with_for_update(skip_locked=True)
            .cte("picked")
            .prefix_with("MATERIALIZED")
        )
        statement = (
            sa.update(self._key.table)
            .where(self._key == picked.c[self._key.name])
            .values({self._due.name: sa.func.now() + lease, **(values or {})})
            .returning(*columns)
        )
        return list((await connection.execute(statement)).all())

    async def seconds_to_next(self, connection: AsyncConnection, *where: sa.ColumnElement[bool]) -> float | None:
        """Returns in how many seconds the next row that fulfils `where` is due (0: now); None if there is none."""
        wait = sa.extract("epoch", sa.func.min(self._due) - sa.func.now())
        found = (await connection.execute(sa.select(wait).where(*self._conditions, *where))).scalar_one()
        return None if found is None else max(0.0, float(found))

    async def count_due(self, connection: AsyncConnection) -> int:
        """Returns how many rows are due and unclaimed."""
        query = sa.select(sa.func.count()).where(self._due <= sa.func.now(), *self._conditions)
        return int((await connection.execute(query)).scalar_one())
