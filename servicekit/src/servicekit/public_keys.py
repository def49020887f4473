"""Warns when a process starts with a secret that is public in our repository (contracts/README.md)."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Mapping

import structlog

PUBLIC = b"demo-"

log = structlog.get_logger()


def warn_of_public_keys(secrets: Mapping[str, Iterable[str]]) -> None:
    """Logs one warning that names the variables with public secrets; logs nothing if there are none."""
    if variables := [name for name, values in secrets.items() if any(map(is_public, values))]:
        log.warning("settings.public_keys", variables=variables)


def is_public(secret: str) -> bool:
    """Whether a key or password, or the decoded bytes of a `whsec_…` secret, begin with `demo-`."""
    if not secret.startswith("whsec_"):
        return secret.encode().startswith(PUBLIC)
    try:
        return base64.b64decode(secret.removeprefix("whsec_"), validate=True).startswith(PUBLIC)
    except binascii.Error:
        return False
