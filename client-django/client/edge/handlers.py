"""Replaces Django's error pages by problem documents. The administration keeps its HTML pages."""

import sys

from django.http import HttpRequest, HttpResponse
from django.views import defaults

from client.database.failures import is_caused_by_database
from client.edge import problems
from client.edge.problems import Problem, problem_http_response


def _answer(request: HttpRequest, problem: Problem) -> HttpResponse:
    return problem_http_response(problem, request.path)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answers a wrong Host header with 404, since this service has nothing under that name.

    Django also calls this handler when it cannot store a session of the administration; the answer is then 503.
    """
    return _answer(request, problems.NOT_READY if is_caused_by_database(exception) else problems.NOT_FOUND)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _answer(request, problems.FORBIDDEN)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    if request.path.startswith("/admin/"):
        return defaults.page_not_found(request, exception)
    return _answer(request, problems.NOT_FOUND)


def server_error(request: HttpRequest) -> HttpResponse:
    """Answers an unexpected error, also of a middleware: the administration stores its sessions in the database."""
    return _answer(request, problems.NOT_READY if is_caused_by_database(sys.exc_info()[1]) else problems.INTERNAL_ERROR)
