from collections.abc import Mapping
from typing import IO, Any

from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser


class MalformedJSON(ParseError):
    default_detail = "The body is not JSON."


class StrictJSONParser(JSONParser):
    """Parses JSON without NaN and Infinity. JSON that is nested too deeply counts as malformed."""

    strict = True

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        try:
            return super().parse(stream, media_type, parser_context)
        except RecursionError as error:
            raise MalformedJSON("The body is nested too deeply.") from error
        except ParseError as error:
            raise MalformedJSON(str(error.detail)) from error
