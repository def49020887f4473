"""Rows that are work: each has a due time, and other workers skip a claimed row until its lease expires."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection

HORIZON = timedelta(seconds=5)
"""Longer than the time between two looks, so that every row is seen before it is due."""
LOOKED_AT = 1000
"""How many due rows are compared at most by a claim that is fair."""


@dataclass(frozen=True, slots=True)
class Places:
    """The `free` places of a lane. One owner may have `of_one_owner` places of it in all, and has `taken` some."""

    free: int
    of_one_owner: int
    taken: Mapping[str, int]


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
        order = self._due.desc() if newest_first else self._due
        picked = sa.select(self._key).where(self._is_due(where)).order_by(order).limit(limit)
        return await self._claim(connection, picked, columns, lease, values or {})

    async def claim_fairly(
        self,
        connection: AsyncConnection,
        *columns: sa.ColumnElement[Any],
        owner: sa.ColumnElement[str],
        places: Places,
        lease: timedelta,
        where: Sequence[sa.ColumnElement[bool]] = (),
    ) -> list[sa.Row[*tuple[Any, ...]]]:
        """Claims due rows as `claim` does, but no more of one owner than `places` allows, and of all owners in turn.

        `owner` is an expression over a row. Only `LOOKED_AT` rows are compared, those of owners with free places that
        have been due the longest, so that a claim costs the same however many are due.
        """
        due = sa.select(self._key, self._due.label("due"), owner.label("owner")).where(self._is_due(where)).subquery()
        taken = sa.literal(dict(places.taken), JSONB)[due.c.owner].astext.cast(sa.Integer)
        taken_by_owner = sa.func.coalesce(taken, 0)
        oldest = (
            sa.select(due, taken_by_owner.label("taken"))
            .where(taken_by_owner < places.of_one_owner)
            .order_by(due.c.due)
            .limit(LOOKED_AT)
            .subquery()
        )
        number = sa.func.row_number().over(partition_by=oldest.c.owner, order_by=oldest.c.due)
        ranked = sa.select(oldest, (oldest.c.taken + number).label("place")).cte("ranked").prefix_with("MATERIALIZED")
        picked = (
            sa.select(self._key)
            .join(ranked, ranked.c[self._key.name] == self._key)
            .where(ranked.c.place <= places.of_one_owner, self._is_due(where))
            .order_by(ranked.c.place, ranked.c.due)
            .limit(places.free)
        )
        return await self._claim(connection, picked, columns, lease, {})

    def _is_due(self, where: Sequence[sa.ColumnElement[bool]]) -> sa.ColumnElement[bool]:
        return sa.and_(self._due <= sa.func.now(), *self._conditions, *where)

    async def _claim(
        self,
        connection: AsyncConnection,
        wanted: sa.Select[Any],
        columns: Sequence[sa.ColumnElement[Any]],
        lease: timedelta,
        values: Mapping[str, object],
    ) -> list[sa.Row[*tuple[Any, ...]]]:
        # Materialised, since the planner might otherwise run the subquery again and lock more rows than wanted.
        # The claim changes no key, so it does not meet those who lock a row that theirs refers to.
        locked = wanted.with_for_update(skip_locked=True, key_share=True, of=self._key.table)
        picked = locked.cte("picked").prefix_with("MATERIALIZED")
        statement = (
            sa.update(self._key.table)
            .where(self._key == picked.c[self._key.name])
            .values({self._due.name: sa.func.now() + lease, **values})
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
