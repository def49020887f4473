"""Keys and passwords of a stack: made once at random, stored in a file that only its owner can read."""

import base64
import json
import secrets
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from devstack.failures import StackFailure
from devstack.private_file import locked, write_private
from devstack.unusable_folder import explain


def _key() -> str:
    return secrets.token_urlsafe(32)


def _webhook_secret() -> str:
    """Returns a secret of Standard Webhooks: `whsec_` and the base64 of 24 to 64 bytes."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


def _django_key() -> str:
    return secrets.token_urlsafe(64)


class Secrets(BaseModel):
    """Every secret of a stack; a field that is missing in an older file is made and added."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    postgres_password: str = Field(default_factory=_key)
    client_database_password: str = Field(default_factory=_key)
    ticket_database_password: str = Field(default_factory=_key)
    payment_database_password: str = Field(default_factory=_key)
    django_secret_key: str = Field(default_factory=_django_key)
    client_to_ticket_key: str = Field(default_factory=_key)
    ticket_to_payment_key: str = Field(default_factory=_key)
    ticket_operator_key: str = Field(default_factory=_key)
    payment_operator_key: str = Field(default_factory=_key)
    organizer_key: str = Field(default_factory=_key)
    ticket_webhook_secret: str = Field(default_factory=_webhook_secret)
    client_webhook_secret: str = Field(default_factory=_webhook_secret)
    viewer_address_secret: str = Field(default_factory=_webhook_secret)
    s3_access_key: str = Field(default_factory=lambda: secrets.token_hex(10))
    s3_secret_key: str = Field(default_factory=lambda: secrets.token_hex(20))


def load_or_make(path: Path) -> Secrets:
    """Returns the secrets stored at `path`; makes and stores missing ones. Only one process at a time does this."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with locked(path.parent):
            return _load_or_make(path)
    except OSError as error:
        raise explain(path.parent, error) from error


def _load_or_make(path: Path) -> Secrets:
    try:
        stored = json.loads(path.read_text()) if path.exists() else {}
        found = Secrets.model_validate(stored)
    except (ValueError, ValidationError) as error:
        raise StackFailure(f"The secrets file {path} is damaged; `./dev reset` starts over.") from error
    if stored != found.model_dump():
        write_private(path, found.model_dump_json(indent=2))
    return found
