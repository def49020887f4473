"""JSON answers: datetimes as RFC 3339 in UTC, ids as strings."""

from __future__ import annotations

from fastapi import Response
from pydantic_core import to_json


class JsonResponse(Response):
    """An answer of plain data or models, which FastAPI does not validate a second time."""

    media_type = "application/json"

    def render(self, content: object) -> bytes:
        """Returns `content` as JSON; bytes are JSON already."""
        return content if isinstance(content, bytes) else to_json(content)
