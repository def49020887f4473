"""Staff's changes of the catalogue, passed to ticket, which knows the rules."""

import json
from collections.abc import Mapping
from uuid import UUID

from pydantic import JsonValue, TypeAdapter, ValidationError

from client.catalog.selectors import pages
from client.errors import TicketUnavailableError
from client.integrations.ticket.http import ask, send

ANSWER: TypeAdapter[JsonValue] = TypeAdapter(JsonValue)


def catalog_read(*, path: str, query: Mapping[str, str] | None = None) -> JsonValue:
    """What only staff may see, so never cached."""
    return _json(ask("GET", path, params=query))


def catalog_change(*, method: str, path: str, body: JsonValue = None, key: UUID | None = None) -> JsonValue:
    """Ticket's answer, None when it has no body. `key` makes a creation safe to repeat.

    What this process remembered is forgotten.
    """
    if method == "DELETE":
        answer = ask(method, path)
    else:
        sent = b"{}" if body is None else json.dumps(body).encode()
        answer = send(method, path, body=sent, key=str(key) if key else None)
    pages.clear()
    return _json(answer)


def _json(body: bytes) -> JsonValue:
    if not body:
        return None
    try:
        return ANSWER.validate_json(body)
    except ValidationError as error:
        raise TicketUnavailableError from error
