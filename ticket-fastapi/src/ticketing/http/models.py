"""What all inputs have in common."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    AnyHttpUrl,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    TypeAdapter,
    ValidationError,
)

_URLS = TypeAdapter(AnyHttpUrl)

OMITTED: Any = None
"""Default of a field that a PATCH may leave out but not set to null."""


def _no_control_characters(text: str) -> str:
    # PostgreSQL cannot store NUL, and none of the others belongs into a name.
    if any(ord(character) < 32 and character not in "\n\t" for character in text):
        raise ValueError("must not contain control characters")
    return text


def _in_range(moment: datetime) -> datetime:
    # The first and last years overflow as soon as a time zone is applied.
    if not 1900 <= moment.year <= 9000:
        raise ValueError("must lie between the years 1900 and 9000")
    return moment


def _http_url(text: str) -> str:
    try:
        return str(_URLS.validate_python(text)).rstrip("/")
    except ValidationError as error:
        raise ValueError("must be an absolute http or https address") from error


Text = Annotated[str, StringConstraints(strip_whitespace=True), AfterValidator(_no_control_characters)]
Name = Annotated[Text, Field(min_length=1, max_length=200)]
Moment = Annotated[AwareDatetime, AfterValidator(_in_range)]
Price = Annotated[
    int, Field(strict=True, ge=0, le=1_000_000_000_000, description="minor units of the event's currency")
]
HttpUrl = Annotated[Text, Field(max_length=500), AfterValidator(_http_url)]
"""An absolute http or https address; a slash at its end is dropped."""
Currency = Annotated[str, Field(pattern="^[A-Z]{3}$", description="ISO 4217")]


class Input(BaseModel):
    """A body; unknown fields are refused, so that a misspelt one is not silently lost."""

    model_config = ConfigDict(extra="forbid", frozen=True)
