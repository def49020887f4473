"""`?cursor=&limit=` and `{"items": […], "next_cursor": …}`, alike for every list."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from typing import Annotated, Any, TypeVar

from fastapi import Query
from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic_core import to_json

from ticketing.domain.errors import WrongFieldError

DEFAULT_LIMIT = 50
MAX_LIMIT = 200

Row = TypeVar("Row")
Item = TypeVar("Item")

Cursor = Annotated[str | None, Query(max_length=600, description="`next_cursor` of the page before")]
Limit = Annotated[int, Query(ge=1, le=MAX_LIMIT, description="How many at most")]


class Page(BaseModel):
    """Part of every list; `next_cursor` is null on the last page."""

    next_cursor: str | None


def read_cursor(cursor: str | None, kinds: Any) -> tuple[Any, ...] | None:
    """The sort values in a cursor, of the types in `kinds`; a WrongFieldError when it was not made by `page`."""
    if cursor is None:
        return None
    try:
        text = base64.b64decode(cursor.encode(), altchars=b"-_", validate=True)
        values: tuple[Any, ...] = TypeAdapter(kinds).validate_json(text)
    except (binascii.Error, UnicodeError, ValidationError) as error:
        raise WrongFieldError("cursor", "cursor_unknown", "This is not a cursor of this list.") from error
    if any(isinstance(value, str) and "\x00" in value for value in values):
        raise WrongFieldError("cursor", "cursor_unknown", "This is not a cursor of this list.")
    return values


def page(
    rows: Sequence[Row], limit: int, *, show: Callable[[Row], Item], sort_values: Callable[[Row], Sequence[object]]
) -> dict[str, object]:
    """A page of `rows`, of which one more than `limit` was asked for, to see whether there is a next page."""
    shown = rows[:limit]
    following = len(rows) > limit
    cursor = base64.urlsafe_b64encode(to_json(list(sort_values(shown[-1])))).decode() if following else None
    return {"items": [show(row) for row in shown], "next_cursor": cursor}
