"""A person's name has one line: it is printed on tickets and stands in mails (contracts/text.json, `user.name`)."""

from django.core.exceptions import ValidationError

from client.domain.text import has_one_line

LONGEST = 120


def validate_one_line(value: str) -> None:
    """For forms of the administration and for the API alike."""
    if not has_one_line(value):
        raise ValidationError("A name has one line, without control characters.", code="one-line")
