"""Staff's changes of the catalogue, passed to ticket, which knows the rules."""

from collections.abc import Mapping
from typing import Literal
from uuid import UUID

from pydantic import JsonValue

from client.catalog.selectors import pages
from client.ticket_api.passthrough import Passed, pass_body, pass_delete, pass_read


def catalog_read(*, path: str, query: Mapping[str, str] | None = None) -> Passed:
    """What only staff may see, so never cached."""
    return pass_read(path, params=query)


def catalog_change(
    *, method: Literal["POST", "PATCH"], path: str, body: JsonValue = None, key: UUID | None = None
) -> Passed:
    """`key` makes a creation safe to repeat. What this process remembered of the catalogue is forgotten."""
    try:
        return pass_body(method, path, body=body, key=key)
    finally:
        # An answer that does not come or cannot be read may hide a change.
        pages.clear()


def catalog_remove(*, path: str) -> Passed:
    """Like `catalog_change`."""
    try:
        return pass_delete(path)
    finally:
        pages.clear()
