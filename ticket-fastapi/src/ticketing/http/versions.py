"""`ETag` and `If-Match`: the version of what staff edit, and the version that a change is based on."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Depends, Header, Request
from servicekit.errors import WrongFieldError
from servicekit.versions import ExpectedVersion, IfMatchError, entity_tag, parse_if_match

from ticketing.http.documented import problems
from ticketing.http.responses import JsonResponse

HEADER = "If-Match"


def _expected(
    request: Request,
    _: Annotated[
        str | None,
        Header(
            alias=HEADER,
            description="The `ETag` of the version that this is based on: without it 428, for another version 412. "
            "A list of tags or `*` is accepted too; a weak tag never matches.",
        ),
    ] = None,
) -> ExpectedVersion | None:
    # Several lines of a header are one list (RFC 9110, section 5.3).
    lines = request.headers.getlist(HEADER)
    try:
        return parse_if_match(",".join(lines)) if lines else None
    except IfMatchError as error:
        raise WrongFieldError(HEADER, "malformed_entity_tag", f"{HEADER} {error}.") from error


Expected = Annotated[ExpectedVersion | None, Depends(_expected)]
"""The version that the request is based on; None if it names none. The use case then refuses it, unless there is
nothing to change (404)."""

REFUSED = problems(_412="precondition-failed", _428="precondition-required")


def with_tag(status: int) -> dict[int | str, dict[str, Any]]:
    """Returns the part of an operation's `responses` which says that this answer carries the version."""
    schema = {"type": "string", "pattern": '^"[1-9][0-9]*"$'}
    tag = {"description": "The version of what staff edit, for `If-Match`.", "schema": schema}
    return {status: {"headers": {"ETag": tag}}}


def tagged(content: object, version: int) -> JsonResponse:
    """Returns the answer with the version as its entity tag."""
    return JsonResponse(content, headers={"etag": entity_tag(version)})
