"""A person's name has one line: it is printed on tickets and stands in mails (contracts/text.json, `user.name`)."""

from django.core.exceptions import ValidationError
from servicekit.text import TextError, one_line

LONGEST = 120


def validate_one_line(value: str) -> None:
    """For forms of the administration and for the API alike."""
    try:
        one_line(value)
    except TextError as error:
        raise ValidationError(f"A name {error}.", code="one-line") from error
