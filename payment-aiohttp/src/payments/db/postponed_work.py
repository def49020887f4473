"""Work that failed and is put off, so that a worker takes up other work before it tries this again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from payments.db.tables import postponed_work as rows

FIRST_PAUSE = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(hours=1)
"""Each failure doubles the pause, up to this."""
_MOST_DOUBLINGS = 10
_ERROR_LENGTH = 500


def is_not_postponed(kind: str, item: sa.ColumnElement[str]) -> sa.ColumnElement[bool]:
    """The condition under which a worker takes up `item`."""
    return ~sa.exists().where(rows.c.kind == kind, rows.c.item == item, rows.c.not_before > sa.func.now())


async def postpone(connection: AsyncConnection, kind: str, item: str, error: str) -> int:
    """Put the item off, each time twice as long as before; answers how often it has failed."""
    doublings = sa.func.least(rows.c.failures, _MOST_DOUBLINGS)
    pause = sa.func.least(sa.func.power(2, doublings) * sa.literal(FIRST_PAUSE), sa.literal(LONGEST_PAUSE))
    # A NUL cannot be stored, and an error may quote what has caused it.
    values = {"error": error.replace("\x00", "")[:_ERROR_LENGTH]}
    statement = insert(rows).values(kind=kind, item=item, not_before=sa.func.now() + FIRST_PAUSE, **values)
    statement = statement.on_conflict_do_update(
        index_elements=["kind", "item"],
        set_={**values, "failures": rows.c.failures + 1, "not_before": sa.func.now() + pause},
    )
    return int((await connection.execute(statement.returning(rows.c.failures))).scalar_one())


async def failed_before(connection: AsyncConnection, kind: str, items: Sequence[str]) -> set[str]:
    """Those of `items` that have failed and were not done since."""
    query = sa.select(rows.c.item).where(rows.c.kind == kind, rows.c.item.in_(items))
    return set((await connection.execute(query)).scalars())


async def forget_postponed(connection: AsyncConnection, kind: str, item: str) -> None:
    """It has been done after all."""
    await connection.execute(sa.delete(rows).where(rows.c.kind == kind, rows.c.item == item))


async def forget_what_is_over(connection: AsyncConnection) -> None:
    """Remove items that were done by somebody else: a worker would long have tried them again."""
    await connection.execute(sa.delete(rows).where(rows.c.not_before < sa.func.now() - 2 * LONGEST_PAUSE))


async def count_postponed(connection: AsyncConnection) -> dict[str, int]:
    """How many items of each kind of work have failed and not been done since."""
    query = sa.select(rows.c.kind, sa.func.count()).group_by(rows.c.kind)
    return {row[0]: row[1] for row in await connection.execute(query)}
