"""Reading requests and writing answers, alike everywhere."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Collection, Sequence
from typing import Any, TypeVar

from aiohttp import web
from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic_core import to_json

from payments.domain.errors import WrongFieldError
from payments.http.problems import ProblemError

Model = TypeVar("Model", bound=BaseModel)
Row = TypeVar("Row")
Shown = TypeVar("Shown")
FORM = "application/x-www-form-urlencoded"


async def read_body(
    request: web.Request, kind: type[Model], *, optional: bool = False, also: Collection[str] = ()
) -> Model:
    """The JSON body as `kind`; `optional` takes no body for `{}`, and so the bodies of the media types in `also`."""
    body = await request.read()
    if optional and (not body or request.content_type in also):
        return kind()
    if request.content_type != "application/json":
        raise ProblemError("unsupported-media-type", "The body must be application/json.")
    return kind.model_validate_json(body)


def accepts_html(request: web.Request) -> bool:
    """Whether a browser asks, rather than a program."""
    return "text/html" in request.headers.get("Accept", "")


def read_query(request: web.Request, kind: type[Model]) -> Model:
    """The query as `kind`; a parameter that is given twice is refused."""
    for name in request.query:
        if len(request.query.getall(name)) > 1:
            raise WrongFieldError(name, "repeated", "This parameter is given twice.")
    return kind.model_validate_strings(dict(request.query))


def json(answer: object, status: int = 200, **headers: str) -> web.Response:
    """An answer of models, dataclasses or plain values."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return web.Response(body=to_json(answer), status=status, content_type="application/json", headers=named)


def read_cursor(cursor: str | None, kinds: Any) -> Any:
    """The sort values in a cursor, of the types in `kinds`."""
    if cursor is None:
        return None
    try:
        text = base64.b64decode(cursor.encode(), altchars=b"-_", validate=True)
        values = TypeAdapter(kinds).validate_json(text)
    except (binascii.Error, UnicodeError, ValidationError) as error:
        raise WrongFieldError("cursor", "cursor_unknown", "This is not a cursor of this list.") from error
    if any(isinstance(value, str) and "\x00" in value for value in values):
        raise WrongFieldError("cursor", "cursor_unknown", "This is not a cursor of this list.")
    return values


def page(
    rows: Sequence[Row], limit: int, show: Callable[[Row], Shown], sort_values: Callable[[Row], Sequence[object]]
) -> dict[str, object]:
    """A page of `rows`, of which one more than `limit` was asked for, to see whether there is a next page."""
    shown = rows[:limit]
    more = len(rows) > limit
    cursor = base64.urlsafe_b64encode(to_json(list(sort_values(shown[-1])))).decode() if more else None
    return {"items": [show(row) for row in shown], "next_cursor": cursor}
