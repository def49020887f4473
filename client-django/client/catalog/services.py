"""Staff's changes of the catalogue, passed to ticket, which knows the rules."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

import httpx
from pydantic import JsonValue, TypeAdapter, ValidationError

from client.catalog.selectors import pages
from client.domain.errors import TicketUnavailableError
from client.ticket_api.http import ask, send

BODY: TypeAdapter[JsonValue] = TypeAdapter(JsonValue)


@dataclass(frozen=True, slots=True)
class Passed:
    """What ticket answered; `body` is None when it had none."""

    status: int
    body: JsonValue


def catalog_read(*, path: str, query: Mapping[str, str] | None = None) -> Passed:
    """What only staff may see, so never cached."""
    return _passed(ask("GET", path, params=query))


def catalog_change(*, method: str, path: str, body: JsonValue = None, key: UUID | None = None) -> Passed:
    """`key` makes a creation safe to repeat. What this process remembered of the catalogue is forgotten."""
    if method == "DELETE":
        answer = ask(method, path)
    else:
        sent = b"{}" if body is None else json.dumps(body).encode()
        answer = send(method, path, body=sent, key=str(key) if key else None)
    pages.clear()
    return _passed(answer)


def _passed(answer: httpx.Response) -> Passed:
    try:
        return Passed(answer.status_code, BODY.validate_json(answer.content) if answer.content else None)
    except ValidationError as error:
        raise TicketUnavailableError from error
