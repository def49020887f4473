"""Checks the e-mail address of an account. Accounts store the normalised form (contracts/email.json)."""

from django.core.exceptions import ValidationError
from servicekit.emails import EmailError, normalised_email


def validate_address(value: str) -> None:
    """Raises ValidationError for an unusable address. The API and the administration's forms use this check."""
    try:
        normalised_email(value)
    except EmailError as error:
        raise ValidationError(f"An e-mail address {error}.", code="invalid") from error
