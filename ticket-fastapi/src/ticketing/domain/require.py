"""Rows that a rule of this service guarantees to exist."""

from __future__ import annotations

from typing import TypeVar
from uuid import UUID

Row = TypeVar("Row")


def require(row: Row | None, what: str, row_id: UUID) -> Row:
    """Returns `row`; raises LookupError, which names what is missing and its id, if it is None. That is a defect."""
    if row is None:
        raise LookupError(f"{what} {row_id} does not exist")
    return row
