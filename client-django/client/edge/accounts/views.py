from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.generics import ListAPIView
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from client.accounts import services
from client.accounts.models import User
from client.accounts.selectors import user_get, user_list
from client.accounts.tokens import tokens_issue, tokens_renew
from client.edge.accounts import serializers
from client.edge.accounts.filters import UserFilter
from client.edge.authentication import IsStaff, current_user
from client.edge.idempotency import idempotent
from client.edge.throttles import AuthThrottle

Answer = serializers.UserSerializer


def _checked(serializer: Any) -> dict[str, Any]:
    serializer.is_valid(raise_exception=True)
    return dict(serializer.validated_data)


class OpenView(APIView):
    authentication_classes = ()
    permission_classes = (AllowAny,)
    throttle_classes = (AuthThrottle,)


@extend_schema(tags=["auth"], request=serializers.RegisterSerializer, responses={201: Answer})
class RegisterView(OpenView):
    """Make an account."""

    @idempotent
    def post(self, request: Request) -> Response:
        user = services.user_create(**_checked(serializers.RegisterSerializer(data=request.data)))
        return Response(Answer(user).data, status=status.HTTP_201_CREATED)


@extend_schema(tags=["auth"], request=serializers.CredentialsSerializer, responses=serializers.TokenPairSerializer)
class TokenView(OpenView):
    """Sign in."""

    def post(self, request: Request) -> Response:
        pair = tokens_issue(**_checked(serializers.CredentialsSerializer(data=request.data)))
        return Response(serializers.TokenPairSerializer(pair).data)


@extend_schema(tags=["auth"], request=serializers.RefreshSerializer, responses=serializers.TokenPairSerializer)
class TokenRefreshView(OpenView):
    """A new pair for a refresh token, which is used up by that."""

    def post(self, request: Request) -> Response:
        pair = tokens_renew(**_checked(serializers.RefreshSerializer(data=request.data)))
        return Response(serializers.TokenPairSerializer(pair).data)


@extend_schema(tags=["users"])
class MeView(APIView):
    """One's own account."""

    @extend_schema(responses=Answer)
    def get(self, request: Request) -> Response:
        return Response(Answer(current_user(request)).data)

    @extend_schema(request=serializers.OwnChangesSerializer, responses=Answer)
    def patch(self, request: Request) -> Response:
        user = current_user(request)
        changes = _checked(serializers.OwnChangesSerializer(data=request.data, context={"user": user}))
        return Response(Answer(services.user_update(user=user, actor=user, **changes)).data)

    @extend_schema(responses={204: None})
    def delete(self, request: Request) -> Response:
        """Closes and anonymises the account; the history of its bookings stays."""
        services.user_delete(user=current_user(request))
        return Response(status=status.HTTP_204_NO_CONTENT)


@extend_schema(tags=["users"])
class UsersView(ListAPIView[User]):
    """Staff: all accounts."""

    permission_classes = (IsStaff,)
    serializer_class = Answer
    filterset_class = UserFilter

    def get_queryset(self) -> QuerySet[User]:
        return user_list()

    @extend_schema(request=serializers.UserCreateSerializer, responses={201: Answer})
    @idempotent
    def post(self, request: Request) -> Response:
        user = services.user_create(**_checked(serializers.UserCreateSerializer(data=request.data)))
        return Response(Answer(user).data, status=status.HTTP_201_CREATED)


@extend_schema(tags=["users"])
class UserView(APIView):
    """Staff: one account."""

    permission_classes = (IsStaff,)

    @extend_schema(responses=Answer)
    def get(self, request: Request, user_id: UUID) -> Response:
        return Response(Answer(user_get(user_id=user_id)).data)

    @extend_schema(request=serializers.UserChangesSerializer, responses=Answer)
    def patch(self, request: Request, user_id: UUID) -> Response:
        changes = _checked(serializers.UserChangesSerializer(data=request.data))
        user = services.user_update(user=user_get(user_id=user_id), actor=current_user(request), **changes)
        return Response(Answer(user).data)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, user_id: UUID) -> Response:
        """Closes and anonymises the account; the history of its bookings stays."""
        services.user_remove(user=user_get(user_id=user_id), actor=current_user(request))
        return Response(status=status.HTTP_204_NO_CONTENT)
