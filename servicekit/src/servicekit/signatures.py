"""Signs and verifies webhooks by Standard Webhooks (https://www.standardwebhooks.com).

`contracts/webhooks/signatures.json` lists what a receiver must accept and refuse. Other requests are signed in the same
way, over method, path and body (`contracts/requests.json`).
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from standardwebhooks import Webhook
from standardwebhooks.webhooks import WebhookVerificationError

MAX_ID_LENGTH = 255


class SignatureError(Exception):
    """The signature is missing, malformed, too old, or made with an unknown secret."""


@dataclass(frozen=True, slots=True)
class Request:
    """The part of a request that is signed; `target` is its path with its query, as sent."""

    method: str
    target: str
    body: str

    def text(self) -> str:
        """Returns the text that stands in the place of a webhook's body."""
        return f"{self.method} {self.target}\n{self.body}"


def signed_headers(secret: str, message_id: str, body: str, now: datetime) -> dict[str, str]:
    """Returns the headers for sending `body` at `now`, which must be in UTC: the library misreads other time zones."""
    return {
        "content-type": "application/json",
        "webhook-id": message_id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(secret).sign(message_id, now, body),
    }


def signed_request_headers(key: str, message_id: str, request: Request, now: datetime) -> dict[str, str]:
    """Returns the headers for sending `request` at `now`, in UTC, signed with `key`."""
    return signed_headers(_secret_of(key), message_id, request.text(), now)


def verify_request(*, request: Request, headers: Mapping[str, str], key: str) -> None:
    """Raises SignatureError unless the request was signed with `key` within five minutes of now."""
    verify(body=request.text().encode(), headers=headers, secrets=[_secret_of(key)])


def _secret_of(key: str) -> str:
    return "whsec_" + b64encode(key.encode()).decode()


def verify(*, body: bytes, headers: Mapping[str, str], secrets: Sequence[str]) -> str:
    """Returns the message's id if one of its signatures was made with one of the secrets within five minutes of now.

    Raises SignatureError otherwise. The names of `headers` are in lower case.
    """
    message_id = headers.get("webhook-id", "")
    timestamp = headers.get("webhook-timestamp", "")
    # The library accepts any float and verifies its floor, so that "5.9" would pass with the signature of "5".
    if not 1 <= len(message_id) <= MAX_ID_LENGTH or not (timestamp.isascii() and timestamp.isdigit()):
        raise SignatureError
    # One by one, since the library gives up at the first malformed signature although a good one may follow.
    for signature in headers.get("webhook-signature", "").split(" "):
        signed = {"webhook-id": message_id, "webhook-timestamp": timestamp, "webhook-signature": signature}
        if any(_matches(secret, body, signed) for secret in secrets):
            return message_id
    raise SignatureError


def _matches(secret: str, body: bytes, headers: dict[str, str]) -> bool:
    try:
        Webhook(secret).verify(body, headers, json_parse=False)
    except (WebhookVerificationError, ValueError, TypeError):
        # On malformed input the library raises binascii.Error or UnicodeDecodeError, which are ValueErrors.
        return False
    return True
