"""Issues and renews tokens."""

from dataclasses import dataclass
from datetime import timedelta
from typing import cast

import structlog
from django.contrib.auth import authenticate
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from rest_framework_simplejwt.exceptions import TokenError
from rest_framework_simplejwt.settings import api_settings
from rest_framework_simplejwt.token_blacklist.models import OutstandingToken
from rest_framework_simplejwt.tokens import RefreshToken
from rest_framework_simplejwt.utils import datetime_from_epoch, get_md5_hash_password

from client.accounts.errors import InvalidCredentialsError, InvalidTokenError
from client.accounts.models import TokenFamily, User

FAMILY = "family"
"""The claim that names the family of a refresh token."""
REPEAT_WINDOW = timedelta(seconds=10)
log = structlog.get_logger("client.accounts")


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenPair:
    access: str
    refresh: str


def tokens_issue(*, email: str, password: str) -> TokenPair:
    """Signs an active account in. Raises InvalidCredentialsError.

    A wrong password and an unknown address take the same time and get the same answer (Django hashes in both cases).
    """
    user = authenticate(email=email, password=password)
    if not isinstance(user, User):
        raise InvalidCredentialsError
    User.objects.filter(id=user.id).update(last_login=timezone.now())
    return tokens_for(user=user)


def tokens_renew(*, refresh: str) -> TokenPair:
    """Exchanges a refresh token for a new pair; the old token is spent.

    The same token again within `REPEAT_WINDOW` gets the same new refresh token: its first answer may be lost. A spent
    token that comes back later was copied, so it ends its whole family (docs/adr/0027). Raises InvalidTokenError, also
    if the account is closed or its password has changed.
    """
    try:
        token = _PresentedToken(refresh)  # type: ignore[arg-type]
        user = User.objects.get(id=token[api_settings.USER_ID_CLAIM])
    except (TokenError, KeyError, ValueError, ValidationError, User.DoesNotExist) as error:
        raise InvalidTokenError from error
    same_password = token.get(api_settings.REVOKE_TOKEN_CLAIM) == get_md5_hash_password(user.password)
    if not user.is_active or not same_password:
        raise InvalidTokenError
    with transaction.atomic():
        pair = _renewed(token, user) if FAMILY in token else _adopted(token, user)
    if pair is None:
        raise InvalidTokenError
    return pair


def tokens_for(*, user: User) -> TokenPair:
    """Begins a family of tokens for the user."""
    return _next_pair(TokenFamily(user=user))


class _PresentedToken(RefreshToken):
    """A refresh token whose signature and age are checked; its family decides whether it is spent."""

    def check_blacklist(self) -> None:
        """Does nothing, because a spent token must still name its family."""


def _renewed(token: RefreshToken, user: User) -> TokenPair | None:
    """Returns the successor of the newest token, or None. The lock makes two uses at once take turns."""
    family = TokenFamily.objects.select_for_update().filter(id=token[FAMILY], user=user).first()
    if family is None or family.ended_at is not None:
        return None
    jti, now = token[api_settings.JTI_CLAIM], timezone.now()
    if jti == family.newest_jti and _spend(token):
        return _next_pair(family)
    if jti == family.previous_jti and now - family.renewed_at <= REPEAT_WINDOW:
        return _pair(RefreshToken(family.newest))  # type: ignore[arg-type]
    family.ended_at = now
    family.save(update_fields=["ended_at"])
    log.warning("tokens.spent_token_came_back", user_id=str(user.id), family_id=str(family.id))
    return None


def _adopted(token: RefreshToken, user: User) -> TokenPair | None:
    """Begins a family for a token from before there were families, unless the token is spent."""
    # Of two uses at once, the second waits here and then finds the token spent.
    list(OutstandingToken.objects.select_for_update().filter(jti=token[api_settings.JTI_CLAIM]))
    return tokens_for(user=user) if _spend(token) else None


def _spend(token: RefreshToken) -> bool:
    """Spends the token, also for processes of the previous release. Returns False if it was spent before."""
    _, first_use = cast("tuple[object, bool]", token.blacklist())
    return first_use


def _next_pair(family: TokenFamily) -> TokenPair:
    token = RefreshToken.for_user(family.user)
    token[FAMILY] = str(family.id)
    family.previous_jti = family.newest_jti or None
    family.newest_jti, family.newest = token[api_settings.JTI_CLAIM], str(token)
    family.renewed_at, family.expires_at = timezone.now(), datetime_from_epoch(token["exp"])
    family.save()
    return _pair(token)


def _pair(refresh: RefreshToken) -> TokenPair:
    return TokenPair(access=str(refresh.access_token), refresh=str(refresh))
