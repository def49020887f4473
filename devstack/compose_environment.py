"""`./dev compose-env`: writes the settings of docker-compose.yml with random keys instead of the public ones."""

import base64
import binascii
import re
import secrets
from pathlib import Path

from devstack.failures import StackFailure
from devstack.home import REPOSITORY
from devstack.private_file import write_private

EXAMPLE = REPOSITORY / ".env.example"
TARGET = REPOSITORY / ".env"
PUBLIC = "demo-"
WEBHOOK_SECRET = "whsec_"  # noqa: S105 - how such a secret begins
SETTING = re.compile(r"^([A-Z0-9_]+)=(.*)$", re.MULTILINE)


def write(target: Path = TARGET, *, force: bool = False) -> list[str]:
    """Writes `target`, readable by its owner only; returns the names of the variables that got a random value."""
    if target.exists() and not force:
        raise StackFailure(f"{target} is there already; --force replaces it with new keys and the default settings.")
    text = EXAMPLE.read_text()
    write_private(target, with_random_keys(text))
    return [name for name, value in SETTING.findall(text) if is_public(value)]


def with_random_keys(example: str) -> str:
    """Returns the settings with a random value in place of each public one."""
    return SETTING.sub(lambda found: f"{found[1]}={_random_like(*found.groups())}", example)


def is_public(value: str) -> bool:
    """Whether a value, or the decoded bytes of a webhook secret, begin like the public keys of this repository."""
    if not value.startswith(WEBHOOK_SECRET):
        return value.startswith(PUBLIC)
    try:
        return base64.b64decode(value.removeprefix(WEBHOOK_SECRET)).startswith(PUBLIC.encode())
    except binascii.Error:
        return False


def _random_like(name: str, value: str) -> str:
    if not is_public(value):
        return value
    if value.startswith(WEBHOOK_SECRET):
        return WEBHOOK_SECRET + base64.b64encode(secrets.token_bytes(32)).decode()
    # People type some passwords. The databases' passwords are part of URLs, so every character must be allowed there.
    return secrets.token_urlsafe(48 if name.endswith("_KEY") else 18)
