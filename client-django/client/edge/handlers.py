"""Django's own error pages, as problem documents; the administration keeps pages for people."""

import sys

from django.http import HttpRequest, HttpResponse
from django.views import defaults

from client.database.failures import comes_from_database
from client.edge import problems
from client.edge.problems import Problem, problem_http_response


def _answer(request: HttpRequest, problem: Problem) -> HttpResponse:
    return problem_http_response(problem, request.path)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """A Host header that is not ours: under that name there is nothing here.

    Django also calls it a bad request when the administration's session cannot be stored.
    """
    return _answer(request, problems.NOT_READY if comes_from_database(exception) else problems.NOT_FOUND)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _answer(request, problems.FORBIDDEN)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    if request.path.startswith("/admin/"):
        return defaults.page_not_found(request, exception)
    return _answer(request, problems.NOT_FOUND)


def server_error(request: HttpRequest) -> HttpResponse:
    """Also for what a middleware raised: the administration's sessions are in the database."""
    return _answer(request, problems.NOT_READY if comes_from_database(sys.exc_info()[1]) else problems.INTERNAL_ERROR)
