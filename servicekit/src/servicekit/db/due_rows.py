"""Rows that are work: each has a due time, and other workers skip a claimed row until its lease expires."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

import asyncpg
import sqlalchemy as sa
from pydantic_core import to_json
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.visitors import replacement_traverse

from servicekit.db.engine import driver_of

HORIZON = timedelta(seconds=5)
"""Longer than the time between two looks, so that every row is seen before it is due."""
LOOKED_AT = 1000
"""How many due rows are compared at most by a claim that is fair."""
MOST_STATEMENTS = 32
WAS_DUE: sa.ColumnClause[datetime] = sa.column("was_due", sa.DateTime(timezone=True))
"""Among the columns that a claim returns: when the row was due, before the claim has put that time off."""

Expressions = tuple[sa.ColumnElement[Any], ...]
Conditions = tuple[sa.ColumnElement[bool], ...]

_DIALECT = sa.make_url("postgresql+asyncpg://").get_dialect()()
_LEASE = sa.literal_column("$1::interval", sa.Interval)
_LIMIT = sa.literal_column("$2::integer", sa.Integer)
_OF_ONE_OWNER = sa.literal_column("$3::integer", sa.Integer)
_TAKEN = sa.literal_column("($4::jsonb)", JSONB)
_LOOKED_AT = sa.literal_column("$5::integer", sa.Integer)


@dataclass(frozen=True, slots=True)
class Places:
    """The `free` places of a lane. One owner may have `of_one_owner` places of it in all, and has `taken` some."""

    free: int
    of_one_owner: int
    taken: Mapping[str, int]


class DueRows:
    """The rows of a table that fulfil `conditions`; the column `due` is their due time, the column `key` is unique.

    The statement of a claim is built once for the same expressions, which callers therefore keep, and the driver runs
    it: in the open transaction, or else in one of its own, which takes one round trip.
    """

    def __init__(self, key: sa.Column[Any], due: sa.Column[Any], *conditions: sa.ColumnElement[bool]) -> None:
        self._key = key
        self._due = due
        self._conditions = conditions
        self._plain = lru_cache(MOST_STATEMENTS)(self._build_plain)
        self._fair = lru_cache(MOST_STATEMENTS)(self._build_fair)

    async def claim(
        self,
        connection: AsyncConnection,
        *columns: sa.ColumnElement[Any],
        lease: timedelta,
        limit: int,
        where: Sequence[sa.ColumnElement[bool]] = (),
        values: Mapping[str, object] | None = None,
        newest_first: bool = False,
    ) -> list[asyncpg.Record]:
        """Claims at most `limit` due rows that fulfil `where`, for `lease`, and returns their `columns`.

        The rows that are due longest come first, or, with `newest_first`, those that have just become due. Other
        workers skip claimed rows, and rows that are just being claimed. `values` are set in the same statement.
        """
        statement = self._plain(columns, tuple(where), tuple((values or {}).items()), newest_first)
        return await _run(connection, statement, lease, limit)

    async def claim_fairly(
        self,
        connection: AsyncConnection,
        *columns: sa.ColumnElement[Any],
        owner: sa.ColumnElement[str],
        places: Places,
        lease: timedelta,
        where: Sequence[sa.ColumnElement[bool]] = (),
    ) -> list[asyncpg.Record]:
        """Claims due rows as `claim` does, but no more of one owner than `places` allows, and of all owners in turn.

        `owner` is an expression over a row. Only `LOOKED_AT` rows are compared, those of owners with free places that
        have been due the longest, so that a claim costs the same however many are due.
        """
        statement = self._fair(columns, owner, tuple(where))
        taken = to_json(places.taken).decode()
        return await _run(connection, statement, lease, places.free, places.of_one_owner, taken, LOOKED_AT)

    def _build_plain(
        self, columns: Expressions, where: Conditions, values: tuple[tuple[str, object], ...], newest_first: bool
    ) -> str:
        order = self._due.desc() if newest_first else self._due
        picked = self._picked().where(self._is_due(where)).order_by(order).limit(_LIMIT)
        return self._built(picked, columns, dict(values))

    def _build_fair(self, columns: Expressions, owner: sa.ColumnElement[str], where: Conditions) -> str:
        due = sa.select(self._key, self._due.label("due"), owner.label("owner")).where(self._is_due(where)).subquery()
        taken_by_owner = sa.func.coalesce(_TAKEN[due.c.owner].astext.cast(sa.Integer), 0)
        oldest = (
            sa.select(due, taken_by_owner.label("taken"))
            .where(taken_by_owner < _OF_ONE_OWNER)
            .order_by(due.c.due)
            .limit(_LOOKED_AT)
            .subquery()
        )
        number = sa.func.row_number().over(partition_by=oldest.c.owner, order_by=oldest.c.due)
        ranked = sa.select(oldest, (oldest.c.taken + number).label("place")).cte("ranked").prefix_with("MATERIALIZED")
        picked = (
            self._picked()
            .join(ranked, ranked.c[self._key.name] == self._key)
            .where(ranked.c.place <= _OF_ONE_OWNER, self._is_due(where))
            .order_by(ranked.c.place, ranked.c.due)
            .limit(_LIMIT)
        )
        return self._built(picked, columns, {})

    def _picked(self) -> sa.Select[Any]:
        return sa.select(self._key, self._due.label(WAS_DUE.name))

    def _is_due(self, where: Sequence[sa.ColumnElement[bool]]) -> sa.ColumnElement[bool]:
        return sa.and_(self._due <= sa.func.now(), *self._conditions, *where)

    def _built(self, wanted: sa.Select[Any], columns: Expressions, values: Mapping[str, object]) -> str:
        # Materialised, since the planner might otherwise run the subquery again and lock more rows than wanted.
        # The claim changes no key, so it does not meet those who lock a row that theirs refers to.
        locked = wanted.with_for_update(skip_locked=True, key_share=True, of=self._key.table)
        picked = locked.cte("picked").prefix_with("MATERIALIZED")
        statement = (
            sa.update(self._key.table)
            .where(self._key == picked.c[self._key.name])
            .values({self._due.name: sa.func.now() + _LEASE, **values})
            .returning(*(replacement_traverse(column, {}, _as_literal) for column in columns))
        )
        # Other values are part of the text, so that PostgreSQL sees which partial index serves it.
        return _text_of(statement)

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


async def _run(connection: AsyncConnection, statement: str, *parameters: object) -> list[asyncpg.Record]:
    driver = await driver_of(connection)
    return await driver.fetch(statement, *parameters)


def _as_literal(element: Any, **_: object) -> sa.ColumnElement[Any] | None:
    # The compiler does not pass `literal_binds` on to what an UPDATE returns.
    return sa.literal_column(_text_of(element), element.type) if isinstance(element, sa.BindParameter) else None


def _text_of(statement: sa.ClauseElement) -> str:
    return str(statement.compile(dialect=_DIALECT, compile_kwargs={"literal_binds": True}))
