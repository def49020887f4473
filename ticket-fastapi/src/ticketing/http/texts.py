"""The types of texts in requests: their maximum lengths, and which of them have one line (contracts/text.json)."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, AnyHttpUrl, Field, TypeAdapter, ValidationError
from servicekit.emails import LONGEST as LONGEST_EMAIL
from servicekit.emails import normalised_email
from servicekit.http.addresses import plain
from servicekit.text import one_line, several_lines

LONGEST_URL = 500
_URLS = TypeAdapter(AnyHttpUrl)


def _http_url(text: str) -> str:
    try:
        url = str(_URLS.validate_python(text)).rstrip("/")
    except ValidationError as error:
        raise ValueError("must be an absolute http or https address") from error
    # One character may become twelve when it is percent-encoded.
    if len(url) > LONGEST_URL:
        raise ValueError(f"must have at most {LONGEST_URL} characters when percent-encoded")
    return url


OneLine = Annotated[str, AfterValidator(one_line)]
SeveralLines = Annotated[str, AfterValidator(several_lines)]

Name = Annotated[OneLine, Field(min_length=1, max_length=200)]
"""The name of an event, a venue, an organizer or a customer."""
Description = Annotated[SeveralLines, Field(max_length=5000)]
Reason = Annotated[SeveralLines, Field(max_length=500)]
Section = Annotated[OneLine, Field(min_length=1, max_length=60)]
RowLabel = Annotated[OneLine, Field(min_length=1, max_length=10)]
EmailAddress = Annotated[
    str, AfterValidator(normalised_email), Field(max_length=LONGEST_EMAIL, json_schema_extra={"format": "email"})
]
"""An address as in contracts/email.json; only the client service checks that mail arrives there."""
HttpUrl = Annotated[OneLine, Field(max_length=LONGEST_URL), AfterValidator(_http_url)]
"""An absolute http or https address, without a slash at its end."""
BaseUrl = Annotated[HttpUrl, AfterValidator(plain)]
"""Such an address that this service calls: without user, query and fragment."""
Search = Annotated[SeveralLines, Field(max_length=200)]
