"""Sends all calls to ticket: kept connections, deadlines and our trace. Sorts answers into understood, refused
and unknown.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from typing import TypeVar
from urllib.parse import urlencode, urlsplit

import structlog
from django.db import transaction
from pydantic import BaseModel, ValidationError
from servicekit.versions import ExpectedVersion

from client.database.pool import give_back
from client.domain.errors import TicketFailedError, TicketUnavailableError
from client.observability import context
from client.observability.metrics import TICKET_CALLS
from client.outgoing.answers import UnusableAnswerError
from client.outgoing.deadline import within
from client.outgoing.exchange import Answer, BrokenConnectionError, Connections, NoAnswerError
from client.ticket_api.errors import TicketRefusedError
from client.ticket_api.models import TicketProblem
from client.ticket_api.reachability import reachability
from config.env import environment

M = TypeVar("M", bound=BaseModel)
Query = Mapping[str, str | Sequence[str]]
# These problems are ticket's definite answer to the request, although their status is 5xx.
DEFINITE_5XX = frozenset({"organizer-declined", "organizer-unreachable", "payment-unavailable"})
# These refusals concern this service, not the request of its caller.
OUR_FAULT = frozenset({401, 403, 429})
# An internal error of ticket concerns this request. Other 5xx mean that ticket as a whole cannot work.
OWN_ERROR = 500
NOT_MODIFIED = 304
MOST_BYTES = 256 * 1024
"""Of an answer about one thing: an event with its longest description has 25 KB, a booking of ten seats less."""
MOST_BYTES_OF_LIST = 8 * 1024 * 1024
"""Of a list: 5,000 seats or 200 events, with the longest texts."""
log = structlog.get_logger("client.ticket")


class TicketRefusedServiceError(TicketUnavailableError):
    """Ticket refused this service itself (its key or its rate), so nothing was done."""


@dataclass(frozen=True, slots=True)
class _Ticket:
    """Where ticket is, what each call says, and the connections to it."""

    base_path: str
    headers: Mapping[str, str]
    connections: Connections


@cache
def ticket_connections() -> _Ticket:
    """Returns the process's connections to ticket. They are made on first use, after gunicorn has forked."""
    env = environment()
    headers = {
        "Authorization": f"Bearer {env.ticket_api_key}",
        "Accept": "application/json",
        "Accept-Encoding": "identity",
    }
    # Ticket keeps idle connections longer than these are used, so none is used while ticket closes it. The lanes bound
    # how many calls are under way; a limit here would let one lane take the places of another.
    return _Ticket(f"{urlsplit(env.ticket_url).path.rstrip('/')}/api/v1", headers, Connections(env.ticket_url))


def read(path: str, *, params: Query | None = None, known: str = "", most_bytes: int = MOST_BYTES) -> Answer:
    """Sends a GET, again if its connection breaks. Raises TicketRefusedError or TicketUnavailableError, also for an
    answer of more than `most_bytes`.

    `known` is the entity tag of the content that the caller has: if it still holds, the answer is 304 without content.
    """
    headers = {"If-None-Match": known} if known else {}
    target = f"{path}?{urlencode(params, doseq=True)}" if params else path
    with reachability.guard_read(), within(environment().ticket_read_seconds):
        return _exchange("GET", target, None, headers, most_bytes)


def change(
    method: str,
    path: str,
    *,
    body: bytes | None = None,
    key: str | None = None,
    expected: ExpectedVersion | None = None,
    most_bytes: int = MOST_BYTES,
) -> Answer:
    """Sends a change, once. `body` is JSON, `key` the Idempotency-Key, `expected` the version that it is based on.

    Raises the errors of `read`.
    """
    headers = {"Content-Type": "application/json"} if body is not None else {}
    headers |= {"Idempotency-Key": key} if key else {}
    headers |= {"If-Match": expected.header()} if expected else {}
    with within(environment().ticket_change_seconds):
        return _exchange(method, path, body, headers, most_bytes)


def parsed(model: type[M], answer: Answer) -> M:
    """Parses the answer. Raises TicketUnavailableError if it does not have the agreed shape."""
    try:
        return model.model_validate_json(answer.content)
    except ValidationError as error:
        problems = error.errors(include_input=False, include_url=False, include_context=False)
        log.error("ticket.answer_unreadable", model=model.__name__, problems=problems)
        raise TicketFailedError from error


def _exchange(method: str, path: str, body: bytes | None, headers: Mapping[str, str], most_bytes: int) -> Answer:
    _refuse_inside_transaction()
    give_back()
    started = time.monotonic()
    try:
        answer = _request(method, path, body, {**context.outgoing_headers(), **headers}, most_bytes)
    except UnusableAnswerError as error:
        reachability.mark_reachable()
        log.error("ticket.answer_unusable", method=method, path=path, error=str(error))
        raise TicketFailedError from error
    except NoAnswerError as error:
        reachability.record_no_answer(since=started)
        raise _unavailable(method, path, error) from error
    reachability.mark_reachable()
    return _classified(method, path, answer)


def _request(method: str, path: str, body: bytes | None, headers: Mapping[str, str], most_bytes: int) -> Answer:
    ticket = ticket_connections()
    send = partial(
        ticket.connections.exchange,
        method,
        ticket.base_path + path,
        headers={**ticket.headers, **headers},
        body=body,
        most_bytes=most_bytes,
    )
    try:
        return send()
    except BrokenConnectionError:
        # A repeated GET is harmless. After a timeout it is not repeated, because the repeat would only wait as long.
        if method != "GET":
            raise
    return send()


def _classified(method: str, path: str, answer: Answer) -> Answer:
    if answer.is_success or answer.status == NOT_MODIFIED:
        TICKET_CALLS.labels(method, "ok").inc()
        return answer
    TICKET_CALLS.labels(method, str(answer.status)).inc()
    if answer.status in OUR_FAULT:
        log.error("ticket.refused_service", status=answer.status)
        raise TicketRefusedServiceError
    problem = _problem(answer)
    if problem is None or (answer.status >= 500 and problem.type not in DEFINITE_5XX):
        log.warning("ticket.failed", method=method, path=path, status=answer.status)
        raise TicketFailedError if answer.status == OWN_ERROR else TicketUnavailableError
    raise TicketRefusedError(problem)


def _problem(answer: Answer) -> TicketProblem | None:
    if not answer.content_type.startswith("application/problem+json"):
        return None
    try:
        return TicketProblem.model_validate_json(answer.content)
    except ValidationError:
        return None


def _unavailable(method: str, path: str, error: NoAnswerError) -> TicketUnavailableError:
    TICKET_CALLS.labels(method, "no-answer").inc()
    log.warning("ticket.unreachable", method=method, path=path, error=str(error))
    return TicketUnavailableError()


def _refuse_inside_transaction() -> None:
    """Raises if a transaction is open: row locks must not be held while another service is waited for."""
    if transaction.get_connection().in_atomic_block:
        raise RuntimeError("ticket is never called inside a database transaction")
