"""An account's e-mail address, in the one form in which it is stored (contracts/email.json)."""

from django.core.exceptions import ValidationError
from servicekit.emails import EmailError, normalised_email


def validate_address(value: str) -> None:
    """For forms of the administration and for the API alike."""
    try:
        normalised_email(value)
    except EmailError as error:
        raise ValidationError(f"An e-mail address {error}.", code="invalid") from error
