"""Checks a person's name: it has one line, because tickets and mails print it (contracts/text.json, `user.name`)."""

from django.core.exceptions import ValidationError
from servicekit.text import TextError, one_line

LONGEST = 120


def validate_one_line(value: str) -> None:
    """Raises ValidationError for a name of several lines. The API and the administration's forms use this check."""
    try:
        one_line(value)
    except TextError as error:
        raise ValidationError(f"A name {error}.", code="one-line") from error
