"""The texts that others send: how long each may be, and which have one line (contracts/text.json)."""

from __future__ import annotations

import unicodedata
from typing import Annotated

from pydantic import AfterValidator, AnyHttpUrl, BeforeValidator, Field, StringConstraints, TypeAdapter, ValidationError

LONGEST_URL = 500
_URLS = TypeAdapter(AnyHttpUrl)
_CONTROLS = frozenset({"Cc"})
_CONTROLS_AND_LINE_BREAKS = frozenset({"Cc", "Zl", "Zp"})


def _one_line(text: str) -> str:
    # Unicode's line and paragraph separators break a line too, wherever the text is shown or becomes a header.
    if any(unicodedata.category(character) in _CONTROLS_AND_LINE_BREAKS for character in text):
        raise ValueError("must have one line, without control characters")
    return text


def _several_lines(text: str) -> str:
    if any(unicodedata.category(character) in _CONTROLS and character not in "\n\t" for character in text):
        raise ValueError("must not contain control characters")
    return text


def _unix_line_breaks(text: object) -> object:
    return text.replace("\r\n", "\n").replace("\r", "\n") if isinstance(text, str) else text


def _http_url(text: str) -> str:
    try:
        url = str(_URLS.validate_python(text)).rstrip("/")
    except ValidationError as error:
        raise ValueError("must be an absolute http or https address") from error
    # One character may become twelve when it is percent-encoded.
    if len(url) > LONGEST_URL:
        raise ValueError(f"must have at most {LONGEST_URL} characters when percent-encoded")
    return url


OneLine = Annotated[str, StringConstraints(strip_whitespace=True), AfterValidator(_one_line)]
"""Without the space around it; line breaks and control characters inside are refused."""
SeveralLines = Annotated[
    str, BeforeValidator(_unix_line_breaks), StringConstraints(strip_whitespace=True), AfterValidator(_several_lines)
]
"""Without the space around it; line breaks become `\\n`, other control characters than tabs are refused."""

Name = Annotated[OneLine, Field(min_length=1, max_length=200)]
"""Of an event, a venue, an organizer or a customer."""
Description = Annotated[SeveralLines, Field(max_length=5000)]
Reason = Annotated[SeveralLines, Field(max_length=500)]
Section = Annotated[OneLine, Field(min_length=1, max_length=60)]
RowLabel = Annotated[OneLine, Field(min_length=1, max_length=10)]
# Whether the address works is the client service's affair; it has sent mail there.
EmailAddress = Annotated[OneLine, Field(max_length=254, pattern=r"^[^@\s]+@[^@\s]+$")]
HttpUrl = Annotated[OneLine, Field(max_length=LONGEST_URL), AfterValidator(_http_url)]
"""An absolute http or https address; a slash at its end is dropped."""
Search = Annotated[SeveralLines, Field(max_length=200)]
