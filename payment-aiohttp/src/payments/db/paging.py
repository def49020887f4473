"""Keyset paging: a page begins after the last row of the one before, however many rows came or went meanwhile."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa


def newest_first(
    query: sa.Select[Any], columns: Sequence[sa.ColumnElement[Any]], after: Sequence[Any] | None
) -> sa.Select[Any]:
    """`query` by `columns` (the last one unique) from the greatest down, beginning after the row that has `after`."""
    ordered = query.order_by(*(column.desc() for column in columns))
    if after is None:
        return ordered
    there = (sa.literal(value, column.type) for value, column in zip(after, columns, strict=True))
    return ordered.where(sa.tuple_(*columns) < sa.tuple_(*there))
