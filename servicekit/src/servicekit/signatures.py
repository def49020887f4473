"""Signing and verifying webhooks: Standard Webhooks (https://www.standardwebhooks.com).

`contracts/webhooks/signatures.json` says what a receiver must accept and refuse.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from standardwebhooks import Webhook
from standardwebhooks.webhooks import WebhookVerificationError

MAX_ID_LENGTH = 255


class SignatureError(Exception):
    """The signature is missing, malformed, too old, or made with a secret that we do not have."""


def signed_headers(secret: str, message_id: str, body: str, now: datetime) -> dict[str, str]:
    """The headers that send `body` at the time `now`, which must be in UTC: the library takes others for local time."""
    return {
        "content-type": "application/json",
        "webhook-id": message_id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(secret).sign(message_id, now, body),
    }


def verify(*, body: bytes, headers: Mapping[str, str], secrets: Sequence[str]) -> str:
    """The message's id, if one of the signatures was made with one of the secrets within five minutes of now.

    SignatureError if not. `headers` are named in lower case.
    """
    message_id = headers.get("webhook-id", "")
    timestamp = headers.get("webhook-timestamp", "")
    # The library reads any float and signs its floor, so that "5.9" would pass for the signed "5".
    if not 1 <= len(message_id) <= MAX_ID_LENGTH or not (timestamp.isascii() and timestamp.isdigit()):
        raise SignatureError
    # One by one: the library gives up at the first malformed signature, although a good one may follow.
    for signature in headers.get("webhook-signature", "").split(" "):
        signed = {"webhook-id": message_id, "webhook-timestamp": timestamp, "webhook-signature": signature}
        if any(_matches(secret, body, signed) for secret in secrets):
            return message_id
    raise SignatureError


def _matches(secret: str, body: bytes, headers: dict[str, str]) -> bool:
    try:
        Webhook(secret).verify(body, headers, json_parse=False)
    except (WebhookVerificationError, ValueError, TypeError):
        # ValueError: binascii.Error and UnicodeDecodeError, which the library lets through on malformed input.
        return False
    return True
