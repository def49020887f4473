"""Recognises an ordinary request for a booking. Everything else is for the general view, and nothing is written yet."""

from dataclasses import dataclass
from uuid import UUID

from django.http import HttpRequest
from rest_framework.utils import json as strict_json
from rest_framework_simplejwt.exceptions import TokenError
from rest_framework_simplejwt.settings import api_settings

from client.edge.access_tokens import access_token
from client.edge.idempotency import fingerprint_of, is_key

CONTENT_TYPES = frozenset({"application/json", "application/json; charset=utf-8"})
FIELDS = {"event_id", "seat_ids"}
MOST_SEATS = 10


@dataclass(frozen=True, slots=True)
class OrdinaryRequest:
    """A request with a valid token and a valid body. Whether its user may book is not known yet."""

    user_id: UUID
    password_hash: str
    """A hash of the stored password that the token was made under."""
    key: str | None
    """The Idempotency-Key."""
    fingerprint: str
    event_id: UUID
    seat_ids: list[UUID]


def ordinary_request(request: HttpRequest) -> OrdinaryRequest | None:
    """Returns the request; None if anything about it is not as usual, right or wrong."""
    key = request.headers.get("Idempotency-Key")
    if request.method != "POST" or request.headers.get("Content-Type") not in CONTENT_TYPES:
        return None
    if key is not None and not is_key(key):
        return None
    token, body = _token(request.headers.get("Authorization", "")), _body(request.body)
    if token is None or body is None:
        return None
    return OrdinaryRequest(
        *token, key=key, fingerprint=fingerprint_of("POST", request.path, body[0]), event_id=body[1], seat_ids=body[2]
    )


def _token(header: str) -> tuple[UUID, str] | None:
    """Returns whom the token names and the password that it was made under. Its signature and age are checked."""
    kind, _, raw = header.partition(" ")
    if kind != "Bearer" or not raw or not raw.isascii():
        return None
    try:
        token = access_token(raw.encode())
        return UUID(token[api_settings.USER_ID_CLAIM]), str(token[api_settings.REVOKE_TOKEN_CLAIM])
    except (TokenError, KeyError, ValueError, AttributeError):
        return None


def _body(raw: bytes) -> tuple[object, UUID, list[UUID]] | None:
    """Returns the whole body, its event and its seats."""
    try:
        body = strict_json.loads(raw.decode())
        if not isinstance(body, dict) or body.keys() != FIELDS or not isinstance(body["seat_ids"], list):
            return None
        event_id, seat_ids = _id(body["event_id"]), [_id(seat) for seat in body["seat_ids"]]
    except (ValueError, TypeError, RecursionError):
        return None
    if not 1 <= len(seat_ids) <= MOST_SEATS or len(set(seat_ids)) < len(seat_ids):
        return None
    return body, event_id, seat_ids


def _id(value: object) -> UUID:
    """Returns an id that is written as usual. Raises ValueError."""
    if not isinstance(value, str) or len(value) != len(str(UUID(int=0))):
        raise ValueError(value)
    return UUID(value)
