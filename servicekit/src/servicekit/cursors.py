"""Pages of lists: `?cursor=&limit=` and `{"items": […], "next_cursor": …}` (contracts, conventions)."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError
from pydantic_core import to_json

from servicekit.errors import WrongFieldError

Row = TypeVar("Row")


def read_cursor(cursor: str | None, kinds: Any) -> tuple[Any, ...] | None:
    """Returns the sort values in a cursor, parsed as the tuple type `kinds`; None without a cursor (the first page).

    Raises WrongFieldError if `page` has not made this cursor.
    """
    if cursor is None:
        return None
    try:
        text = base64.b64decode(cursor.encode(), altchars=b"-_", validate=True)
        values: tuple[Any, ...] = TypeAdapter(kinds).validate_json(text)
    except (binascii.Error, UnicodeError, ValidationError) as error:
        raise WrongFieldError("cursor", "cursor_unknown", "This is not a cursor of this list.") from error
    # PostgreSQL cannot take a NUL as a parameter.
    if any(isinstance(value, str) and "\x00" in value for value in values):
        raise WrongFieldError("cursor", "cursor_unknown", "This is not a cursor of this list.")
    return values


def page(
    rows: Sequence[Row],
    limit: int,
    *,
    sort_values: Callable[[Row], Sequence[object]],
    show: Callable[[Row], object] = lambda row: row,
) -> dict[str, object]:
    """Returns a page of `rows`; the caller reads one row more than `limit`, which shows that there is a next page."""
    shown = rows[:limit]
    more = len(rows) > limit
    cursor = base64.urlsafe_b64encode(to_json(list(sort_values(shown[-1])))).decode() if more else None
    return {"items": [show(row) for row in shown], "next_cursor": cursor}
