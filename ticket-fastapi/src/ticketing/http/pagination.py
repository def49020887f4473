"""`?cursor=&limit=` and `{"items": […], "next_cursor": …}`, alike for every list."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query
from pydantic import BaseModel

DEFAULT_LIMIT = 50
MAX_LIMIT = 200

Cursor = Annotated[str | None, Query(max_length=600, description="`next_cursor` of the page before")]
Limit = Annotated[int, Query(ge=1, le=MAX_LIMIT, description="How many at most")]


class Page(BaseModel):
    """Part of every list; `next_cursor` is null on the last page."""

    next_cursor: str | None
