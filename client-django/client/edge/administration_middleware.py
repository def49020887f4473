"""Django's middleware for pages with sessions and forms, which only the administration has.

The API has tokens instead: for its requests, these would cost more than some of them take in all.
"""

from typing import Any

from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest
from django.utils.deprecation import MiddlewareMixin

PATH = "/admin/"


class _OnlyForAdministration(MiddlewareMixin):
    def __call__(self, request: HttpRequest) -> Any:
        return super().__call__(request) if request.path.startswith(PATH) else self.get_response(request)


class AdministrationSessions(_OnlyForAdministration, SessionMiddleware):
    pass


class AdministrationSignIn(_OnlyForAdministration, AuthenticationMiddleware):
    pass


class AdministrationMessages(_OnlyForAdministration, MessageMiddleware):
    pass
