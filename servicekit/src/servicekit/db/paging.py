"""Keyset paging: a page begins after the last row of the page before, even if rows were added or deleted meanwhile."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa


@dataclass(frozen=True, slots=True)
class Order:
    """The columns to sort by, all in one direction; the last column is unique."""

    columns: Sequence[sa.ColumnElement[Any]]
    descending: bool = False

    def apply(self, query: sa.Select[Any], after: Sequence[Any] | None) -> sa.Select[Any]:
        """Sorts `query` and lets it begin after the row with the sort values `after`."""
        ordered = query.order_by(*(column.desc() if self.descending else column.asc() for column in self.columns))
        if after is None:
            return ordered
        here = sa.tuple_(*self.columns)
        there = sa.tuple_(*(sa.literal(value, column.type) for value, column in zip(after, self.columns, strict=True)))
        return ordered.where(here < there if self.descending else here > there)
