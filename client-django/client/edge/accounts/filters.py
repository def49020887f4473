from typing import ClassVar

from django_filters import rest_framework as filters

from client.accounts.models import User


class UserFilter(filters.FilterSet):  # type: ignore[misc]
    email = filters.CharFilter(lookup_expr="icontains", max_length=254, label="Part of the e-mail address.")

    class Meta:
        model = User
        fields: ClassVar[list[str]] = ["email", "is_staff", "is_active"]
