"""Pages of lists, and their cursors."""

from __future__ import annotations

import base64
from uuid import UUID, uuid4

import pytest
from servicekit.cursors import page, read_cursor
from servicekit.errors import WrongFieldError

Kinds = tuple[str, UUID]


def test_a_cursor_holds_the_sort_values_of_the_last_row_shown() -> None:
    rows = [(name, uuid4()) for name in ("a", "b", "c")]
    first = page(rows, 2, sort_values=lambda row: row, show=lambda row: row[0])
    assert first["items"] == ["a", "b"]
    assert read_cursor(str(first["next_cursor"]), Kinds) == rows[1]


def test_the_last_page_has_no_cursor_and_the_first_needs_none() -> None:
    assert page([1, 2], 2, sort_values=lambda row: [row]) == {"items": [1, 2], "next_cursor": None}
    assert page([], 2, sort_values=lambda row: [row]) == {"items": [], "next_cursor": None}
    assert read_cursor(None, Kinds) is None


def encoded(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    "cursor",
    ["x", "é", "", encoded("[]"), encoded('["a", "no id"]'), encoded(f'["a\\u0000", "{UUID(int=1)}"]')],
)
def test_a_text_that_is_no_cursor_of_this_list_is_a_wrong_field(cursor: str) -> None:
    with pytest.raises(WrongFieldError) as refused:
        read_cursor(cursor, Kinds)
    assert (refused.value.field, refused.value.code) == ("cursor", "cursor_unknown")
