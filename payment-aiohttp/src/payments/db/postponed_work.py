"""Work that failed and is postponed, so that workers do other work before they try it again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import sqlalchemy as sa
from servicekit.db.retention import delete_batch
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from payments.db.tables import postponed_work as rows

FIRST_PAUSE = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(hours=1)
"""Each failure doubles the pause, up to this maximum."""
_MOST_DOUBLINGS = 10
_ERROR_LENGTH = 500


def is_not_postponed(kind: str, item: sa.ColumnElement[str]) -> sa.ColumnElement[bool]:
    """Returns the condition that `item` is not postponed, so that a worker may claim it."""
    return ~sa.exists().where(rows.c.kind == kind, rows.c.item == item, rows.c.not_before > sa.func.now())


def has_failed_before(kind: str, item: sa.ColumnElement[str]) -> sa.ColumnElement[bool]:
    """Returns an SQL expression: whether `item` has failed and not succeeded since."""
    return sa.exists().where(rows.c.kind == kind, rows.c.item == item)


async def postpone(connection: AsyncConnection, kind: str, item: str, error: str) -> int:
    """Postpones the item, twice as long at each failure; returns how often it has failed."""
    doublings = sa.func.least(rows.c.failures, _MOST_DOUBLINGS)
    pause = sa.func.least(sa.func.power(2, doublings) * sa.literal(FIRST_PAUSE), sa.literal(LONGEST_PAUSE))
    # PostgreSQL stores no NUL, and an error's text may quote one.
    values = {"error": error.replace("\x00", "")[:_ERROR_LENGTH]}
    statement = insert(rows).values(kind=kind, item=item, not_before=sa.func.now() + FIRST_PAUSE, **values)
    statement = statement.on_conflict_do_update(
        index_elements=["kind", "item"],
        set_={**values, "failures": rows.c.failures + 1, "not_before": sa.func.now() + pause},
    )
    return int((await connection.execute(statement.returning(rows.c.failures))).scalar_one())


async def failed_before(connection: AsyncConnection, kind: str, items: Sequence[str]) -> set[str]:
    """Returns those of `items` that have failed and not succeeded since."""
    query = sa.select(rows.c.item).where(rows.c.kind == kind, rows.c.item.in_(items))
    return set((await connection.execute(query)).scalars())


async def delete_postponed(connection: AsyncConnection, kind: str, item: str) -> None:
    """Removes the item, which has succeeded after all."""
    await connection.execute(sa.delete(rows).where(rows.c.kind == kind, rows.c.item == item))


async def delete_abandoned(connection: AsyncConnection) -> int:
    """Removes items that nobody has tried for twice the longest pause: their work was finished in another way.

    Removes at most `BATCH`, and returns how many.
    """
    return await delete_batch(connection, rows, rows.c.not_before < sa.func.now() - 2 * LONGEST_PAUSE)


async def count_postponed(connection: AsyncConnection) -> dict[str, int]:
    """Returns, for each kind of work, how many items have failed and not succeeded since."""
    query = sa.select(rows.c.kind, sa.func.count()).group_by(rows.c.kind)
    return {row[0]: row[1] for row in await connection.execute(query)}
