"""Which e-mail addresses are accepted, and the one form in which each is stored: the rules of contracts/email.json.

The stored form is ASCII, with the domain as DNS and SMTP use it (IDNA 2008). Two addresses are the same if their stored
forms differ at most in case.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache

from email_validator import EmailNotValidError, validate_email

from servicekit.text import TextError, one_line

LONGEST = 254


class EmailError(ValueError):
    """The address is refused; the message says why."""


def normalised_email(text: str) -> str:
    """Returns the address as it is stored; raises EmailError if our mail cannot reach it.

    Capitals before the @ stay, because a mail server may distinguish them, although people do not.
    """
    # Callers send the same few addresses again and again; a long text shall not stay in memory.
    return _cached(text) if len(text) <= LONGEST else _normalised(text)


def _normalised(text: str) -> str:
    try:
        address = one_line(text)
    except TextError as error:
        raise EmailError("must not contain control characters and invisible characters") from error
    if unicodedata.normalize("NFKC", address) != address:
        raise EmailError("must not contain full-width characters or other variants of letters")
    try:
        # The existence of the domain is not checked: a slow name server must not stop a registration.
        valid = validate_email(
            address, check_deliverability=False, allow_smtputf8=False, allow_quoted_local=False,
            allow_domain_literal=False, allow_display_name=False, globally_deliverable=False, test_environment=True,
        )  # fmt: skip
    except EmailNotValidError as error:
        raise EmailError(f"must be an e-mail address: {error}") from error
    if valid.ascii_email is None or "." not in valid.ascii_domain:
        raise EmailError("must be an e-mail address such as name@example.com")
    if len(valid.ascii_email) > LONGEST:
        raise EmailError(f"must have at most {LONGEST} characters, counted as the mail server reads it")
    return valid.ascii_email


_cached = lru_cache(maxsize=1024)(_normalised)


def email_key(text: str) -> str:
    """Returns a key that is equal for two spellings of one address; for other texts, the text in lower case."""
    try:
        return normalised_email(text).lower()
    except EmailError:
        return text.strip().lower()
