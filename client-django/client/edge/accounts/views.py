from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import status
from rest_framework.generics import ListAPIView
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import BaseThrottle
from rest_framework.views import APIView
from servicekit.versions import ANY_VERSION

from client.accounts import services
from client.accounts.models import User
from client.accounts.selectors import user_get, user_list
from client.accounts.tokens import tokens_issue, tokens_renew
from client.edge.accounts import serializers
from client.edge.accounts.filters import UserFilter
from client.edge.authentication import IsStaff, current_user
from client.edge.idempotency import creation_id, idempotent
from client.edge.password_tries import password_try, remember_address
from client.edge.throttles import AuthThrottle, RegisterThrottle
from client.edge.versions import ETAG, IF_MATCH, IF_MATCH_OPTIONAL, TaggedView, expected_version

Answer = serializers.UserSerializer


def _checked(serializer: Any) -> dict[str, Any]:
    serializer.is_valid(raise_exception=True)
    return dict(serializer.validated_data)


class PublicView(APIView):
    authentication_classes = ()
    permission_classes = (AllowAny,)
    throttle_classes: tuple[type[BaseThrottle], ...] = (AuthThrottle,)


@extend_schema(tags=["auth"], request=serializers.RegisterSerializer, responses={201: Answer})
class RegisterView(PublicView):
    throttle_classes = (AuthThrottle, RegisterThrottle)

    @extend_schema(summary="Creates an account.")
    @idempotent
    def post(self, request: Request) -> Response:
        """Visitors call this to become buyers. It returns the account; signing in is a call of its own."""
        fields = _checked(serializers.RegisterSerializer(data=request.data))
        user = services.user_create(**fields, user_id=creation_id(request))
        remember_address(request, user.email)
        return Response(Answer(user).data, status=status.HTTP_201_CREATED)


@extend_schema(tags=["auth"], request=serializers.CredentialsSerializer, responses=serializers.TokenPairSerializer)
class TokenView(PublicView):
    @extend_schema(summary="Signs a user in.")
    def post(self, request: Request) -> Response:
        """Users call this with e-mail address and password. It returns an access token and a refresh token.

        Wrong passwords are counted, for each account and each address: after too many, the problem is
        `too-many-requests`, the password is not looked at, and `Retry-After` says in how many seconds it will be.
        """
        credentials = _checked(serializers.CredentialsSerializer(data=request.data))
        with password_try(request, credentials["email"]):
            pair = tokens_issue(**credentials)
        return Response(serializers.TokenPairSerializer(pair).data)


@extend_schema(tags=["auth"], request=serializers.RefreshSerializer, responses=serializers.TokenPairSerializer)
class TokenRefreshView(PublicView):
    @extend_schema(summary="Exchanges a refresh token for new tokens.")
    def post(self, request: Request) -> Response:
        """Users call this to stay signed in. It returns a new pair of tokens; the old refresh token ends."""
        pair = tokens_renew(**_checked(serializers.RefreshSerializer(data=request.data)))
        return Response(serializers.TokenPairSerializer(pair).data)


@extend_schema(tags=["users"])
class MeView(TaggedView):
    @extend_schema(summary="Returns the caller's account.", responses=Answer, parameters=[ETAG])
    def get(self, request: Request) -> Response:
        """Users call this to read their own account."""
        return Response(Answer(current_user(request)).data)

    @extend_schema(
        summary="Changes the caller's account.",
        request=serializers.OwnChangesSerializer,
        responses=Answer,
        parameters=[IF_MATCH_OPTIONAL, ETAG],
    )
    def patch(self, request: Request) -> Response:
        """Users call this to change their name, address or password. It returns the account.

        A new password needs the current one and ends all tokens of the account. Nobody but its owner usually edits an
        account, so `If-Match` may be left out; if it is sent, it counts.
        """
        expected = expected_version(request) or ANY_VERSION
        user = current_user(request)
        changes = _checked(serializers.OwnChangesSerializer(data=request.data, context={"request": request}))
        return Response(Answer(services.user_update(user=user, actor=user, expected=expected, **changes)).data)

    @extend_schema(summary="Closes the caller's account.", responses={204: None}, parameters=[IF_MATCH_OPTIONAL])
    def delete(self, request: Request) -> Response:
        """Users call this to leave. The account is closed and anonymised; its bookings stay."""
        services.user_delete(user=current_user(request), expected=expected_version(request) or ANY_VERSION)
        return Response(status=status.HTTP_204_NO_CONTENT)


@extend_schema_view(
    get=extend_schema(
        summary="Lists accounts, newest first.",
        description="Staff call this to find accounts. It returns one page and the cursor of the next one.",
    )
)
@extend_schema(tags=["users"])
class UsersView(TaggedView, ListAPIView[User]):
    permission_classes = (IsStaff,)
    serializer_class = Answer
    filterset_class = UserFilter

    def get_queryset(self) -> QuerySet[User]:
        return user_list()

    @extend_schema(
        summary="Creates an account for somebody else.",
        request=serializers.UserCreateSerializer,
        responses={201: Answer},
        parameters=[ETAG],
    )
    @idempotent
    def post(self, request: Request) -> Response:
        """Staff call this to create an account for a buyer or a colleague. It returns the account."""
        fields = _checked(serializers.UserCreateSerializer(data=request.data))
        user = services.user_create(**fields, user_id=creation_id(request))
        return Response(Answer(user).data, status=status.HTTP_201_CREATED)


@extend_schema(tags=["users"])
class UserView(TaggedView):
    permission_classes = (IsStaff,)

    @extend_schema(summary="Returns an account.", responses=Answer, parameters=[ETAG])
    def get(self, request: Request, user_id: UUID) -> Response:
        """Staff call this to read any account."""
        return Response(Answer(user_get(user_id=user_id)).data)

    @extend_schema(
        summary="Changes an account.",
        request=serializers.UserChangesSerializer,
        responses=Answer,
        parameters=[IF_MATCH, ETAG],
    )
    def patch(self, request: Request, user_id: UUID) -> Response:
        """Staff call this to change any account. It returns the account. Staff cannot remove their own access."""
        expected = expected_version(request)
        changes = _checked(serializers.UserChangesSerializer(data=request.data))
        user = user_get(user_id=user_id)
        changed = services.user_update(user=user, actor=current_user(request), expected=expected, **changes)
        return Response(Answer(changed).data)

    @extend_schema(summary="Closes an account.", responses={204: None}, parameters=[IF_MATCH])
    def delete(self, request: Request, user_id: UUID) -> Response:
        """Staff call this for another person's account, which is closed and anonymised. Its bookings stay."""
        expected = expected_version(request)
        services.user_remove(user=user_get(user_id=user_id), actor=current_user(request), expected=expected)
        return Response(status=status.HTTP_204_NO_CONTENT)
