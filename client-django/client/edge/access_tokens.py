"""Checks access tokens, each signature once: a buyer sends the same token for a quarter of an hour."""

from functools import lru_cache

from rest_framework_simplejwt.tokens import AccessToken
from rest_framework_simplejwt.utils import aware_utcnow

KEPT = 4096
"""Tokens whose signature was right are remembered by the process, about a kilobyte each."""


def access_token(raw: bytes) -> AccessToken:
    """Returns the token if its signature is right and it has not expired. Raises TokenError otherwise."""
    token = _with_right_signature(raw)
    token.check_exp(current_time=aware_utcnow())
    return token


@lru_cache(maxsize=KEPT)
def _with_right_signature(raw: bytes) -> AccessToken:
    return AccessToken(raw)  # type: ignore[arg-type]
