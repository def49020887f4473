"""Standard Webhooks, receiving side: https://www.standardwebhooks.com."""

from collections.abc import Mapping, Sequence

from standardwebhooks import Webhook
from standardwebhooks.webhooks import WebhookVerificationError

MAX_ID_LENGTH = 255


class SignatureError(Exception):
    """Missing, malformed, too old, or made with a secret that we do not have."""


def verify(*, body: bytes, headers: Mapping[str, str], secrets: Sequence[str]) -> str:
    """The message id, when one of the signatures was made with one of the secrets within five minutes of now."""
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
