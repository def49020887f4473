"""Passes staff's changes of the catalogue to ticket, which has the rules."""

from collections.abc import Mapping
from typing import Literal
from uuid import UUID

from pydantic import JsonValue
from servicekit.versions import ExpectedVersion

from client.catalog.selectors import pages
from client.ticket_api.passthrough import Passed, pass_body, pass_delete, pass_read


def catalog_read(*, path: str, query: Mapping[str, str] | None = None) -> Passed:
    """Reads what only staff may see. The answer is never cached."""
    return pass_read(path, params=query)


def catalog_change(
    *,
    method: Literal["POST", "PATCH"],
    path: str,
    body: JsonValue = None,
    key: UUID | None = None,
    expected: ExpectedVersion | None = None,
) -> Passed:
    """Passes a change to ticket and clears this process's cache of the catalogue. `key` makes a creation safe to
    repeat; `expected` is the version that a change is based on.
    """
    try:
        return pass_body(method, path, body=body, key=key, expected=expected)
    finally:
        # Ticket may have made the change even if its answer is missing or unreadable.
        pages.clear()


def catalog_remove(*, path: str, expected: ExpectedVersion | None) -> Passed:
    """Removes something from the catalogue and clears the cache, as `catalog_change` does."""
    try:
        return pass_delete(path, expected=expected)
    finally:
        pages.clear()
