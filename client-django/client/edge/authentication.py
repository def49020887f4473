"""Checks bearer tokens. A token ends as soon as its account is closed or its password changes."""

from django.core.exceptions import ValidationError
from rest_framework.exceptions import AuthenticationFailed, NotAuthenticated
from rest_framework.permissions import IsAdminUser
from rest_framework.request import Request
from rest_framework_simplejwt.authentication import JWTAuthentication
from rest_framework_simplejwt.exceptions import TokenError
from rest_framework_simplejwt.tokens import Token

from client.accounts.models import User
from client.edge.access_tokens import access_token


class TokenAuthentication(JWTAuthentication):
    def get_validated_token(self, raw_token: bytes) -> Token:
        try:
            return access_token(raw_token)
        except TokenError:
            # The base class says what is wrong.
            return super().get_validated_token(raw_token)

    def get_user(self, validated_token: Token) -> User:  # type: ignore[override]
        try:
            user = super().get_user(validated_token)
        except (ValidationError, ValueError, TypeError) as error:
            raise AuthenticationFailed("The token names nobody.") from error
        if not isinstance(user, User):
            raise AuthenticationFailed("The token names nobody.")
        return user


class IsStaff(IsAdminUser):
    message = "Only staff may do this."


def current_user(request: Request) -> User:
    """Returns the signed-in user. The permission class of the view guarantees that there is one."""
    if not isinstance(request.user, User):
        raise NotAuthenticated
    return request.user
