"""Passes staff's calls of the catalogue to ticket and its answers back, without reading them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from pydantic import JsonValue, TypeAdapter, ValidationError
from servicekit.versions import ExpectedVersion

from client.domain.errors import TicketUnavailableError
from client.outgoing.exchange import Answer
from client.ticket_api.http import MOST_BYTES_OF_LIST, change, read

BODY: TypeAdapter[JsonValue] = TypeAdapter(JsonValue)


@dataclass(frozen=True, slots=True)
class Passed:
    """Ticket's answer; `body` is None if it had none."""

    status: int
    body: JsonValue


def pass_read(path: str, *, params: Mapping[str, str] | None = None) -> Passed:
    return _passed(read(path, params=params, most_bytes=MOST_BYTES_OF_LIST))


def pass_body(
    method: Literal["POST", "PATCH"],
    path: str,
    *,
    body: JsonValue = None,
    key: UUID | None = None,
    expected: ExpectedVersion | None = None,
) -> Passed:
    """`key` makes a creation safe to repeat; `expected` is the version that a change is based on."""
    sent = b"{}" if body is None else json.dumps(body).encode()
    answer = change(
        method, path, body=sent, key=str(key) if key else None, expected=expected, most_bytes=MOST_BYTES_OF_LIST
    )
    return _passed(answer)


def pass_delete(path: str, *, expected: ExpectedVersion | None) -> Passed:
    return _passed(change("DELETE", path, expected=expected))


def _passed(answer: Answer) -> Passed:
    try:
        return Passed(answer.status, BODY.validate_json(answer.content) if answer.content else None)
    except ValidationError as error:
        raise TicketUnavailableError from error
