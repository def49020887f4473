"""Rows that are work: each has a due time, and other workers skip a claimed row until its lease expires."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

HORIZON = timedelta(seconds=5)
"""Longer than the time between two looks, so that every row is seen before it is due."""


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
        newest_first: bool = False,
    ) -> list[sa.Row[*tuple[Any, ...]]]:
        """Claims at most `limit` due rows that fulfil `where`, for `lease`, and returns their `columns`.

        The rows that are due longest come first, or, with `newest_first`, those that have just become due. Other
        workers skip claimed rows, and rows that are just being claimed. `values` are set in the same statement.
        """
        # Materialised, since the planner might otherwise run the subquery again and lock more rows than `limit`.
        picked = (
            sa.select(self._key)
            .where(self._due <= sa.func.now(), *self._conditions, *where)
            .order_by(self._due.desc() if newest_first else self._due)
            .limit(limit)
            # The claim changes no key, so it does not meet those who lock a row that theirs refers to.
            .with_for_update(skip_locked=True, key_share=True)
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

    def seconds_to_next(self, *where: sa.ColumnElement[bool]) -> sa.ScalarSelect[float]:
        """Returns an SQL expression: the seconds until the next row that fulfils `where` is due, 0 or less if one is.

        NULL if none is due within `HORIZON`, which spares a look at all those that are due later.
        """
        # Not min(), for which a planner that knows nothing of a backlog yet reads all of it.
        wait = sa.extract("epoch", self._due - sa.func.now())
        soon = self._due <= sa.func.now() + HORIZON
        return sa.select(wait).where(soon, *self._conditions, *where).order_by(self._due).limit(1).scalar_subquery()

    async def count_due(self, connection: AsyncConnection, *where: sa.ColumnElement[bool]) -> int:
        """Returns how many rows that fulfil `where` are due and unclaimed."""
        query = sa.select(sa.func.count()).where(self._due <= sa.func.now(), *self._conditions, *where)
        return int((await connection.execute(query)).scalar_one())
