"""Reads requests and writes JSON answers in the same way for all handlers."""

from __future__ import annotations

from collections.abc import Collection
from typing import TypeVar

from aiohttp import web
from pydantic import BaseModel
from pydantic_core import to_json
from servicekit.errors import WrongFieldError
from servicekit.problems import UNSUPPORTED_MEDIA_TYPE

from payments.http.problems import ProblemError

Model = TypeVar("Model", bound=BaseModel)
FORM = "application/x-www-form-urlencoded"


async def read_body(
    request: web.Request, kind: type[Model], *, optional: bool = False, ignored_types: Collection[str] = ()
) -> Model:
    """Parses the JSON body as `kind`.

    If the body is `optional`, an empty body and a body of one of the media types in `ignored_types` count as `{}`.
    """
    body = await request.read()
    if optional and (not body or request.content_type in ignored_types):
        return kind()
    if request.content_type != "application/json":
        raise ProblemError(UNSUPPORTED_MEDIA_TYPE, "The body must be application/json.")
    return kind.model_validate_json(body)


def accepts_html(request: web.Request) -> bool:
    """Whether the caller is a browser rather than a program."""
    return "text/html" in request.headers.get("Accept", "")


def read_query(request: web.Request, kind: type[Model]) -> Model:
    """Parses the query as `kind`; raises WrongFieldError if a parameter is given twice."""
    for name in request.query:
        if len(request.query.getall(name)) > 1:
            raise WrongFieldError(name, "repeated", "This parameter is given twice.")
    return kind.model_validate_strings(dict(request.query))


def json(answer: object, status: int = 200, **headers: str) -> web.Response:
    """Returns a JSON answer of models, dataclasses or plain values; underscores in header names become hyphens."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return web.Response(body=to_json(answer), status=status, content_type="application/json", headers=named)
