"""JSON answers, rendered in Rust: datetimes as RFC 3339 in UTC, ids as strings."""

from __future__ import annotations

from fastapi import Response
from pydantic_core import to_json


class JsonResponse(Response):
    """An answer from plain data or models, without validating it a second time."""

    media_type = "application/json"

    def render(self, content: object) -> bytes:
        """`content` as JSON; bytes are taken to be JSON already."""
        return content if isinstance(content, bytes) else to_json(content)
