"""`ETag` and `If-Match`: the version of what staff edit, and the version that a change is based on (docs/adr/0028)."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from servicekit.versions import ExpectedVersion, IfMatchError, entity_tag, parse_if_match

from client.domain.errors import InvalidFieldError

HEADER = "If-Match"
IF_MATCH = OpenApiParameter(
    HEADER,
    str,
    OpenApiParameter.HEADER,
    description=(
        "The `ETag` of the version that this is based on: without it 428, for another version 412. "
        "A list of tags or `*` is accepted too; a weak tag never matches."
    ),
)
IF_MATCH_OPTIONAL = OpenApiParameter(
    HEADER, str, OpenApiParameter.HEADER, description="May name the version that this is based on: for another one 412."
)
ETAG = OpenApiParameter(
    "ETag",
    str,
    OpenApiParameter.HEADER,
    description="The version of what staff edit, for `If-Match`.",
    response=[200, 201],
)


class TaggedView(APIView):
    """Answers with an entity tag whatever has a version."""

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        response = super().finalize_response(request, response, *args, **kwargs)
        shown = getattr(response, "data", None)
        if isinstance(response, Response) and response.status_code < 300 and isinstance(shown, dict):
            version = shown.get("version")
            if isinstance(version, int):
                response["ETag"] = entity_tag(version)
        return response


def expected_version(request: Request) -> ExpectedVersion | None:
    """Returns the version that the request is based on; None if it names none. Raises InvalidFieldError."""
    header = request.headers.get(HEADER)
    try:
        return None if header is None else parse_if_match(header)
    except IfMatchError as error:
        raise InvalidFieldError(HEADER, "malformed_entity_tag", f"{HEADER} {error}.") from error
