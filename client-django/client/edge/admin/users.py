from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.forms import BaseUserCreationForm, ReadOnlyPasswordHashField
from django.contrib.auth.models import Group
from django.db.models import QuerySet
from django.http import HttpRequest
from rest_framework_simplejwt.token_blacklist.models import BlacklistedToken, OutstandingToken

from client.accounts.models import User
from client.accounts.services import user_delete

admin.site.unregister(Group)
# The administration does not show the tokens of users.
admin.site.unregister(OutstandingToken)
admin.site.unregister(BlacklistedToken)


class NewUserForm(BaseUserCreationForm[User]):
    class Meta:
        model = User
        fields = ("email", "name")


class UserForm(forms.ModelForm[User]):
    password = ReadOnlyPasswordHashField(help_text="Passwords are not stored, only their hashes.")
    shown_version = forms.IntegerField(widget=forms.HiddenInput)

    class Meta:
        model = User
        fields = ("email", "name", "is_active", "is_staff")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["shown_version"] = self.instance.version

    def clean(self) -> dict[str, Any]:
        """Refuses what was entered on a page that shows another version than the present one."""
        super().clean()
        if self.cleaned_data.get("shown_version", self.instance.version) != self.instance.version:
            raise forms.ValidationError(
                "Somebody else has changed this account meanwhile, so nothing was saved. Please open it again.",
                code="changed_meanwhile",
            )
        return self.cleaned_data


@admin.register(User)
class UserAdmin(admin.ModelAdmin[User]):
    form = UserForm
    add_form = NewUserForm
    list_display = ("email", "name", "is_staff", "is_active", "created_at")
    list_filter = ("is_staff", "is_active")
    search_fields = ("email", "name")
    ordering = ("-created_at",)
    readonly_fields = ("id", "created_at", "last_login", "anonymised_at")
    actions = ("close_accounts",)

    def get_form(self, request: HttpRequest, obj: User | None = None, change: bool = False, **kwargs: Any) -> Any:
        return super().get_form(request, obj, change, **({"form": self.add_form} if obj is None else {}), **kwargs)

    def get_fieldsets(self, request: HttpRequest, obj: User | None = None) -> Any:
        if obj is None:
            return ((None, {"fields": ("email", "name", "password1", "password2")}),)
        return (
            (None, {"fields": ("email", "name", "is_active", "is_staff", "password", "shown_version")}),
            ("Record", {"fields": self.readonly_fields}),
        )

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> User | None:
        """Locks the account that is about to be saved, so that its version stays the one that the form was checked
        against.
        """
        found = super().get_object(request, object_id, from_field)
        if found is not None and request.method == "POST":
            return User.objects.select_for_update(no_key=True).get(pk=found.pk)
        return found

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        if change and form.changed_data:
            obj.version += 1
        super().save_model(request, obj, form, change)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """Forbids deletion: staff close accounts instead, so that bookings keep their owner."""
        return False

    @admin.action(description="Close and anonymise the selected accounts")
    def close_accounts(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        for user in queryset.exclude(pk=str(request.user.pk)):
            user_delete(user=user)
