"""The one way to talk to ticket:
a pooled HTTP client, deadlines, ids passed on, answers sorted into understood, refused and unknown.
"""

from collections.abc import Mapping
from functools import cache
from typing import TypeVar

import httpx
import structlog
from django.db import transaction
from pydantic import BaseModel, ValidationError
from tenacity import retry, retry_if_exception_type, stop_after_attempt

from client.api import context
from client.api.metrics import TICKET_CALLS
from client.errors import TicketUnavailableError
from client.integrations.ticket.errors import TicketRefusedError
from client.integrations.ticket.models import TicketProblem
from config.env import environment

M = TypeVar("M", bound=BaseModel)
Query = Mapping[str, str]
# Problems of ticket that are a definite word about the request although they are 5xx.
DEFINITE_5XX = frozenset({"organizer-declined", "organizer-unreachable", "payment-unavailable"})
# Refusals of us, the service, rather than of what the caller asked.
OUR_FAULT = frozenset({401, 403, 429})
log = structlog.get_logger("client.ticket")


class TicketAnswersNobodyError(TicketUnavailableError):
    """Ticket refused this service itself (its key, its rate): nothing was done there."""


@cache
def http_client() -> httpx.Client:
    """Shared by all threads of the process; made on first use, so after gunicorn has forked."""
    env = environment()
    return httpx.Client(
        base_url=f"{env.ticket_url}/api/v1",
        headers={"Authorization": f"Bearer {env.ticket_api_key}", "Accept": "application/json"},
        timeout=httpx.Timeout(env.ticket_timeout_seconds, connect=2.0),
        # Shorter than the other side keeps idle connections, so that none is reused while being closed.
        limits=httpx.Limits(max_connections=200, max_keepalive_connections=50, keepalive_expiry=3.0),
    )


def ask(method: str, path: str, *, params: Query | None = None, timeout: float | None = None) -> httpx.Response:
    """A call without a body. Raises TicketRefusedError or TicketUnavailableError."""
    if method == "GET":
        return _get(path, params)
    return _call(method, path, timeout=timeout)


def send(
    method: str, path: str, *, body: bytes, key: str | None = None, timeout: float | None = None
) -> httpx.Response:
    """A call with a JSON body. `key` is the Idempotency-Key. Raises like `ask`."""
    headers = {"Content-Type": "application/json"} | ({"Idempotency-Key": key} if key else {})
    return _call(method, path, content=body, headers=headers, timeout=timeout)


def parsed(model: type[M], answer: httpx.Response) -> M:
    """An answer that does not have the agreed shape is as good as none."""
    try:
        return model.model_validate_json(answer.content)
    except ValidationError as error:
        log.error("ticket answer unreadable", model=model.__name__, problems=error.errors(include_input=False))
        raise TicketUnavailableError from error


@retry(retry=retry_if_exception_type(httpx.TransportError), stop=stop_after_attempt(2), reraise=True)
def _request(method: str, path: str, params: Query | None) -> httpx.Response:
    return http_client().request(method, path, params=params, headers=context.outgoing_headers())


def _get(path: str, params: Query | None) -> httpx.Response:
    """Reading twice harms nobody, so one broken connection is forgiven."""
    _refuse_inside_transaction()
    try:
        response = _request("GET", path, params)
    except httpx.TransportError as error:
        raise _unavailable("GET", path, error) from error
    return _sorted(response)


def _call(
    method: str,
    path: str,
    *,
    content: bytes | None = None,
    headers: Mapping[str, str] | None = None,
    timeout: float | None = None,
) -> httpx.Response:
    _refuse_inside_transaction()
    try:
        response = http_client().request(
            method,
            path,
            content=content,
            headers={**context.outgoing_headers(), **(headers or {})},
            timeout=timeout or httpx.USE_CLIENT_DEFAULT,
        )
    except httpx.TransportError as error:
        raise _unavailable(method, path, error) from error
    return _sorted(response)


def _sorted(response: httpx.Response) -> httpx.Response:
    method = response.request.method
    if response.is_success:
        TICKET_CALLS.labels(method, "ok").inc()
        return response
    TICKET_CALLS.labels(method, str(response.status_code)).inc()
    if response.status_code in OUR_FAULT:
        log.error("ticket refuses this service", status=response.status_code)
        raise TicketAnswersNobodyError
    problem = _problem(response)
    if problem is None or (response.status_code >= 500 and problem.type not in DEFINITE_5XX):
        log.warning("ticket failed", method=method, path=response.request.url.path, status=response.status_code)
        raise TicketUnavailableError
    raise TicketRefusedError(problem)


def _problem(response: httpx.Response) -> TicketProblem | None:
    if not response.headers.get("content-type", "").startswith("application/problem+json"):
        return None
    try:
        return TicketProblem.model_validate_json(response.content)
    except ValidationError:
        return None


def _unavailable(method: str, path: str, error: httpx.TransportError) -> TicketUnavailableError:
    TICKET_CALLS.labels(method, "no-answer").inc()
    log.warning("ticket gave no answer", method=method, path=path, error=repr(error))
    return TicketUnavailableError()


def _refuse_inside_transaction() -> None:
    """Waiting for another service while holding row locks would let it stop this one."""
    if transaction.get_connection().in_atomic_block:
        raise RuntimeError("ticket is never called inside a database transaction")
