from typing import Any

from django.contrib.auth.hashers import check_password
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from servicekit.emails import LONGEST as LONGEST_ADDRESS
from servicekit.emails import normalised_email
from servicekit.text import one_line

from client.accounts.addresses import validate_address
from client.accounts.models import User
from client.accounts.names import LONGEST, validate_one_line
from client.edge.authentication import current_user
from client.edge.password_tries import password_try
from client.edge.serializers import StrictSerializer


class PasswordField(serializers.CharField):
    """A password: it is not trimmed and never answered."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            write_only=True, trim_whitespace=False, max_length=128, style={"input_type": "password"}, **options
        )


class NameField(serializers.CharField):
    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=LONGEST, **options)

    def to_internal_value(self, data: Any) -> str:
        text = super().to_internal_value(data)
        validate_one_line(text)
        return one_line(text)


@extend_schema_field(OpenApiTypes.EMAIL)
class AddressField(serializers.CharField):
    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=LONGEST_ADDRESS, **options)

    def to_internal_value(self, data: Any) -> str:
        text = super().to_internal_value(data)
        validate_address(text)
        return normalised_email(text)


class UserSerializer(serializers.ModelSerializer[User]):
    """An account."""

    class Meta:
        model = User
        fields = ("id", "version", "email", "name", "is_staff", "is_active", "created_at")
        read_only_fields = fields


class RegisterSerializer(StrictSerializer):
    """A new account. Unknown fields are refused."""

    email = AddressField()
    password = PasswordField()
    name = NameField()


class UserCreateSerializer(RegisterSerializer):
    """A new account, which may be a member of staff. Unknown fields are refused."""

    is_staff = serializers.BooleanField(default=False)


class OwnChangesSerializer(StrictSerializer):
    """The changes of the caller's account. Fields that are left out keep their value; unknown fields are refused."""

    email = AddressField(required=False)
    name = NameField(required=False)
    password = PasswordField(required=False)
    current_password = PasswordField(
        required=False, help_text="The present password, which is needed to change the password."
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        current = attrs.pop("current_password", None)
        if "password" in attrs:
            if current is None:
                raise serializers.ValidationError({"current_password": "Needed to change the password."}, "required")
            user = current_user(self.context["request"])
            with password_try(self.context["request"], user.email):
                if not check_password(current, user.password):
                    raise serializers.ValidationError({"current_password": "This is not your password."}, "wrong")
        return attrs


class UserChangesSerializer(StrictSerializer):
    """The changes of an account by staff. Fields that are left out keep their value; unknown fields are refused."""

    email = AddressField(required=False)
    name = NameField(required=False)
    password = PasswordField(required=False)
    is_staff = serializers.BooleanField(required=False)
    is_active = serializers.BooleanField(required=False)


class CredentialsSerializer(StrictSerializer):
    """E-mail address and password of an account. Unknown fields are refused."""

    email = serializers.CharField(max_length=LONGEST_ADDRESS)
    password = PasswordField()


class RefreshSerializer(StrictSerializer):
    """The refresh token to exchange. Unknown fields are refused."""

    refresh = serializers.CharField(max_length=4096)


class TokenPairSerializer(serializers.Serializer[Any]):
    """A pair of tokens."""

    access = serializers.CharField(help_text="The token for the Authorization header, which lasts 15 minutes.")
    refresh = serializers.CharField(
        help_text="The token that can be exchanged once for a new pair, which lasts 7 days."
    )
