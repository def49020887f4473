"""Django's middleware for pages with sessions and forms, which only the administration has.

The API has tokens instead: for its requests, these would cost more than some of them take in all.
"""

from collections.abc import Callable
from typing import Any

from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest
from django.http.response import HttpResponseBase

PATH = "/admin/"


class _OnlyForAdministration:
    get_response: Callable[[HttpRequest], HttpResponseBase]

    def __call__(self, request: HttpRequest) -> Any:
        if not request.path.startswith(PATH):
            return self.get_response(request)
        return super().__call__(request)  # type: ignore[misc]


class AdministrationSessions(_OnlyForAdministration, SessionMiddleware):
    pass


class AdministrationSignIn(_OnlyForAdministration, AuthenticationMiddleware):
    pass


class AdministrationMessages(_OnlyForAdministration, MessageMiddleware):
    pass
