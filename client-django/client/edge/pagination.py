"""Lists are `{"items": [...], "next_cursor": ...}` in every service (contracts/README.md)."""

from base64 import b64decode
from typing import Any
from urllib.parse import parse_qs, urlsplit

from django.utils.dateparse import parse_datetime
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.pagination import Cursor, CursorPagination
from rest_framework.request import Request
from rest_framework.response import Response


class NewestFirst(CursorPagination):
    ordering = ("-created_at", "-id")
    page_size = 50
    max_page_size = 100
    page_size_query_param = "limit"
    page_size_query_description = "The largest number of items to return, 1 to 100."
    cursor_query_description = "The `next_cursor` of the previous page."
    template = None

    def decode_cursor(self, request: Request) -> Cursor | None:
        """Decodes a cursor. Refuses cursors that this service did not make: the position goes into a query and must be
        a time.
        """
        try:
            self._check(request.query_params.get("cursor", ""))
            cursor = super().decode_cursor(request)
            if cursor and cursor.position is not None:
                self._check_position(str(cursor.position))
        except (NotFound, ValueError) as error:
            raise ValidationError({"cursor": "This cursor was not made by this list."}, code="invalid") from error
        return cursor

    def _check(self, encoded: str) -> None:
        """Checks the encoding strictly, because the decoder ignores what it does not know."""
        tokens = parse_qs(b64decode(encoded, validate=True).decode("ascii"), strict_parsing=bool(encoded))
        if not tokens.keys() <= {"o", "r", "p"}:
            raise ValueError(encoded)

    def _check_position(self, position: str) -> None:
        """Checks that the position is a time that a row can have; PostgreSQL refuses other times."""
        moment = parse_datetime(position)
        if moment is None or moment.tzinfo is None or not 1970 <= moment.year < 9000:
            raise ValueError(position)

    def get_page_size(self, request: Request) -> int:
        asked = request.query_params.get("limit", str(self.page_size))
        if not (asked.isascii() and asked.isdigit() and 1 <= int(asked[:6]) <= self.max_page_size):
            raise ValidationError({"limit": f"Must be between 1 and {self.max_page_size}."}, code="invalid")
        return int(asked)

    def get_paginated_response(self, data: Any) -> Response:
        return Response({"items": data, "next_cursor": self._next_cursor()})

    def _next_cursor(self) -> str | None:
        link = self.get_next_link()
        return parse_qs(urlsplit(link).query)["cursor"][0] if link else None

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        return {
            "type": "object",
            "required": ["items", "next_cursor"],
            "properties": {"items": schema, "next_cursor": {"type": "string", "nullable": True}},
        }
