"""Versions of what several people edit: a change names the version that it is based on, and is refused for another.

A version travels as a strong entity tag, `"7"`, in `ETag` and `If-Match` (RFC 9110, sections 8.8.3 and 13.1.1).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from servicekit.errors import VersionChangedError, VersionMissingError

# Without a choice between two ways to match, so that a long header takes no longer than reading it.
_ELEMENT = re.compile(r'[ \t]*(?:((?:W/)?"[\x21\x23-\x7e\x80-\xff]*")[ \t]*)?(?:,|\Z)')


class IfMatchError(ValueError):
    """The header `If-Match` is malformed; the message says how it should look."""


@dataclass(frozen=True, slots=True)
class ExpectedVersion:
    """The versions that a change accepts, as entity tags; None accepts any version."""

    tags: frozenset[str] | None

    def allows(self, version: int) -> bool:
        """Returns whether the change may be made to this version. A weak tag (`W/"7"`) names no version."""
        return self.tags is None or entity_tag(version) in self.tags

    def header(self) -> str:
        """Returns the value of `If-Match` that says the same, for a request to another service."""
        return "*" if self.tags is None else ", ".join(sorted(self.tags))


ANY_VERSION = ExpectedVersion(None)


def entity_tag(version: int) -> str:
    """Returns the entity tag of the version."""
    return f'"{version}"'


def parse_if_match(header: str) -> ExpectedVersion:
    """Returns what the header expects: `*`, or a list of entity tags. Raises IfMatchError if it is neither."""
    if header.strip(" \t") == "*":
        return ANY_VERSION
    tags, position = set[str](), 0
    while position < len(header):
        found = _ELEMENT.match(header, position)
        if found is None:
            break
        # The RFC lets a list have empty elements, which stand for nothing.
        if found[1]:
            tags.add(found[1])
        position = found.end()
    if not tags or position < len(header):
        raise IfMatchError('must be * or a list of entity tags in double quotes, such as "7"')
    return ExpectedVersion(frozenset(tags))


def require_version(expected: ExpectedVersion | None, version: int) -> None:
    """Raises VersionMissingError if the change expects no version, VersionChangedError if it expects another one.

    Call it where nobody else can change the version before the change is made: under the lock on the row.
    """
    if expected is None:
        raise VersionMissingError("Send If-Match with the ETag of the version that this change is based on.")
    if not expected.allows(version):
        raise VersionChangedError(
            "This was changed meanwhile; read it again before you change it.", etag=entity_tag(version)
        )
