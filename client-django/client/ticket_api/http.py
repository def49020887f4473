"""Sends all calls to ticket: a pooled HTTP client with deadlines and our trace. Sorts answers into understood, refused
and unknown.
"""

import time
from collections.abc import Callable, Mapping
from functools import cache
from typing import TypeVar

import httpx
import structlog
from django.db import transaction
from pydantic import BaseModel, ValidationError
from servicekit.versions import ExpectedVersion
from tenacity import retry, retry_if_exception_type, stop_after_attempt

from client.database.pool import give_back
from client.domain.errors import TicketFailedError, TicketUnavailableError
from client.observability import context
from client.observability.metrics import TICKET_CALLS
from client.outgoing.answers import UnusableAnswerError, read_whole
from client.outgoing.deadline import CONNECT_SECONDS, DeadlineTransport, within
from client.ticket_api.errors import TicketRefusedError
from client.ticket_api.models import TicketProblem
from client.ticket_api.reachability import reachability
from config.env import environment

M = TypeVar("M", bound=BaseModel)
Query = Mapping[str, str]
# These problems are ticket's definite answer to the request, although their status is 5xx.
DEFINITE_5XX = frozenset({"organizer-declined", "organizer-unreachable", "payment-unavailable"})
# These refusals concern this service, not the request of its caller.
OUR_FAULT = frozenset({401, 403, 429})
# An internal error of ticket concerns this request. Other 5xx mean that ticket as a whole cannot work.
OWN_ERROR = 500
MOST_BYTES = 256 * 1024
"""Of an answer about one thing: an event with its longest description has 25 KB, a booking of ten seats less."""
MOST_BYTES_OF_LIST = 8 * 1024 * 1024
"""Of a list: 5,000 seats or 200 events, with the longest texts."""
log = structlog.get_logger("client.ticket")


class TicketRefusedServiceError(TicketUnavailableError):
    """Ticket refused this service itself (its key or its rate), so nothing was done."""


@cache
def http_client() -> httpx.Client:
    """Returns the process's HTTP client. It is made on first use, after gunicorn has forked."""
    env = environment()
    return httpx.Client(
        base_url=f"{env.ticket_url}/api/v1",
        headers={
            "Authorization": f"Bearer {env.ticket_api_key}",
            "Accept": "application/json",
            "Accept-Encoding": "identity",
        },
        # Every call has a deadline (`within`), which is shorter than this limit of a single read.
        timeout=httpx.Timeout(env.ticket_change_seconds, connect=CONNECT_SECONDS),
        # Ticket keeps idle connections longer than this, so no connection is reused while ticket closes it.
        # The lanes bound how many calls are under way; a limit here would let one lane take the places of another.
        transport=DeadlineTransport(
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=50, keepalive_expiry=3.0)
        ),
    )


def read(path: str, *, params: Query | None = None, most_bytes: int = MOST_BYTES) -> httpx.Response:
    """Sends a GET, again if its connection breaks. Raises TicketRefusedError or TicketUnavailableError, also for an
    answer of more than `most_bytes`.
    """
    with reachability.guard_read(), within(environment().ticket_read_seconds):
        return _exchange(_request_again_if_broken, "GET", path, params, None, {}, most_bytes)


def change(
    method: str,
    path: str,
    *,
    body: bytes | None = None,
    key: str | None = None,
    expected: ExpectedVersion | None = None,
    most_bytes: int = MOST_BYTES,
) -> httpx.Response:
    """Sends a change, once. `body` is JSON, `key` the Idempotency-Key, `expected` the version that it is based on.

    Raises the errors of `read`.
    """
    headers = {"Content-Type": "application/json"} if body is not None else {}
    headers |= {"Idempotency-Key": key} if key else {}
    headers |= {"If-Match": expected.header()} if expected else {}
    with within(environment().ticket_change_seconds):
        return _exchange(_request, method, path, None, body, headers, most_bytes)


def parsed(model: type[M], answer: httpx.Response) -> M:
    """Parses the answer. Raises TicketUnavailableError if it does not have the agreed shape."""
    try:
        return model.model_validate_json(answer.content)
    except ValidationError as error:
        problems = error.errors(include_input=False, include_url=False, include_context=False)
        log.error("ticket.answer_unreadable", model=model.__name__, problems=problems)
        raise TicketFailedError from error


def _exchange(
    request: Callable[..., httpx.Response],
    method: str,
    path: str,
    params: Query | None,
    content: bytes | None,
    headers: Mapping[str, str],
    most_bytes: int,
) -> httpx.Response:
    _refuse_inside_transaction()
    give_back()
    started = time.monotonic()
    try:
        response = request(method, path, params, content, {**context.outgoing_headers(), **headers}, most_bytes)
    except UnusableAnswerError as error:
        reachability.mark_reachable()
        log.error("ticket.answer_unusable", method=method, path=path, error=str(error))
        raise TicketFailedError from error
    except httpx.RequestError as error:
        reachability.record_no_answer(since=started)
        raise _unavailable(method, path, error) from error
    reachability.mark_reachable()
    return _classified(response)


def _request(
    method: str,
    path: str,
    params: Query | None,
    content: bytes | None,
    headers: Mapping[str, str],
    most_bytes: int,
) -> httpx.Response:
    with http_client().stream(method, path, params=params, content=content, headers=headers) as answer:
        body = read_whole(answer, most_bytes=most_bytes)
    return httpx.Response(answer.status_code, headers=answer.headers, content=body, request=answer.request)


# A repeated GET is harmless. After a timeout it is not repeated, because the repeat would only wait as long.
_request_again_if_broken = retry(
    retry=retry_if_exception_type((httpx.ReadError, httpx.WriteError, httpx.RemoteProtocolError)),
    stop=stop_after_attempt(2),
    reraise=True,
)(_request)


def _classified(response: httpx.Response) -> httpx.Response:
    method = response.request.method
    if response.is_success:
        TICKET_CALLS.labels(method, "ok").inc()
        return response
    TICKET_CALLS.labels(method, str(response.status_code)).inc()
    if response.status_code in OUR_FAULT:
        log.error("ticket.refused_service", status=response.status_code)
        raise TicketRefusedServiceError
    problem = _problem(response)
    if problem is None or (response.status_code >= 500 and problem.type not in DEFINITE_5XX):
        log.warning("ticket.failed", method=method, path=response.request.url.path, status=response.status_code)
        raise TicketFailedError if response.status_code == OWN_ERROR else TicketUnavailableError
    raise TicketRefusedError(problem)


def _problem(response: httpx.Response) -> TicketProblem | None:
    if not response.headers.get("content-type", "").startswith("application/problem+json"):
        return None
    try:
        return TicketProblem.model_validate_json(response.content)
    except ValidationError:
        return None


def _unavailable(method: str, path: str, error: httpx.RequestError) -> TicketUnavailableError:
    TICKET_CALLS.labels(method, "no-answer").inc()
    log.warning("ticket.unreachable", method=method, path=path, error=repr(error))
    return TicketUnavailableError()


def _refuse_inside_transaction() -> None:
    """Raises if a transaction is open: row locks must not be held while another service is waited for."""
    if transaction.get_connection().in_atomic_block:
        raise RuntimeError("ticket is never called inside a database transaction")
