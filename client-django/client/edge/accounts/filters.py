from typing import ClassVar

from django_filters import rest_framework as filters

from client.accounts.models import User


class UserFilter(filters.FilterSet):  # type: ignore[misc]
    email = filters.CharFilter(
        lookup_expr="icontains", max_length=254, label="Only accounts whose e-mail address contains this text."
    )

    class Meta:
        model = User
        fields: ClassVar[list[str]] = ["email", "is_staff", "is_active"]
