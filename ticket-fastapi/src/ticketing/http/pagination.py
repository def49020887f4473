"""The pages of every list: `?cursor=&limit=` and `{"items": […], "next_cursor": …}`."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query
from pydantic import BaseModel, Field

DEFAULT_LIMIT = 50
MAX_LIMIT = 200

Cursor = Annotated[str | None, Query(max_length=600, description="The `next_cursor` of the previous page.")]
Limit = Annotated[int, Query(ge=1, le=MAX_LIMIT, description="The maximum number of items on the page.")]

SmallInt = Annotated[int, Field(ge=0, lt=2**31)]
"""A number of a cursor that PostgreSQL can compare with an integer column."""


class Page(BaseModel):
    """A part of a list."""

    next_cursor: str | None = Field(description="The `cursor` of the next page; null on the last page.")
