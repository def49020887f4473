from typing import Any

from django.contrib import admin
from django.contrib.admin.forms import AdminAuthenticationForm
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse

from client.edge.password_tries import TooManyTriesError, password_try

TOO_MANY = 429


class SlowedLoginForm(AdminAuthenticationForm):
    """Signs staff in; wrong passwords are counted together with those of the API."""

    refused: TooManyTriesError | None = None

    def clean(self) -> dict[str, Any]:
        if self.request is None or not self.cleaned_data.get("username") or not self.cleaned_data.get("password"):
            return super().clean()
        try:
            with password_try(self.request, self.cleaned_data["username"]):
                return super().clean()
        except TooManyTriesError as refused:
            self.refused = refused
            raise ValidationError(str(refused.detail), code="too_many_tries") from refused


class TicketingAdminSite(admin.AdminSite):
    site_header = "Ticketing administration"
    site_title = "Ticketing"
    index_title = "Users, bookings and messages"
    login_form = SlowedLoginForm

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Shows the form. Answers 429 while no further password is looked at."""
        response = super().login(request, extra_context)
        form = (getattr(response, "context_data", None) or {}).get("form")
        refused = form.refused if isinstance(form, SlowedLoginForm) else None
        if refused is not None:
            response.status_code = TOO_MANY
            response["Retry-After"] = str(refused.seconds)
        return response
