"""Issues and renews tokens."""

from dataclasses import dataclass
from typing import cast

from django.contrib.auth import authenticate
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from rest_framework_simplejwt.exceptions import TokenError
from rest_framework_simplejwt.settings import api_settings
from rest_framework_simplejwt.token_blacklist.models import OutstandingToken
from rest_framework_simplejwt.tokens import RefreshToken
from rest_framework_simplejwt.utils import get_md5_hash_password

from client.accounts.errors import InvalidCredentialsError, InvalidTokenError
from client.accounts.models import User


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
    """Exchanges a refresh token for a new pair; the old token cannot be used again.

    Raises InvalidTokenError if the token was used, the account is closed or its password has changed.
    """
    try:
        token = RefreshToken(refresh)  # type: ignore[arg-type]
        user = User.objects.get(id=token[api_settings.USER_ID_CLAIM])
    except (TokenError, KeyError, ValueError, ValidationError, User.DoesNotExist) as error:
        raise InvalidTokenError from error
    same_password = token.get(api_settings.REVOKE_TOKEN_CLAIM) == get_md5_hash_password(user.password)
    if not user.is_active or not same_password:
        raise InvalidTokenError
    with transaction.atomic():
        # Of two uses at once, the second waits here and then finds the token spent.
        list(OutstandingToken.objects.select_for_update().filter(jti=token[api_settings.JTI_CLAIM]))
        _, first_use = cast("tuple[object, bool]", token.blacklist())
    if not first_use:
        raise InvalidTokenError
    return tokens_for(user=user)


def tokens_for(*, user: User) -> TokenPair:
    refresh = RefreshToken.for_user(user)
    return TokenPair(access=str(refresh.access_token), refresh=str(refresh))
