"""What a request says about the answer that it wants: compressed or not, and which content the caller has already."""

from __future__ import annotations

import re

from servicekit.versions import IfMatchError, parse_if_match

_CODING = re.compile(r"\s*([^\s;,]+)\s*(?:;\s*q\s*=\s*([01](?:\.[0-9]{0,3})?)\s*)?", re.IGNORECASE)


def accepts_gzip(header: str | None) -> bool:
    """Returns whether `Accept-Encoding` accepts gzip (RFC 9110, section 12.5.3).

    Without the header, and where an element is malformed, it does not: every caller can read what is not compressed.
    """
    accepted = {}
    for element in (header or "").split(","):
        found = _CODING.fullmatch(element)
        if found is not None:
            accepted[found[1].lower()] = float(found[2] or 1) > 0
    return accepted.get("gzip", accepted.get("*", False))


def has_tag(header: str | None, tag: str) -> bool:
    """Returns whether `If-None-Match` names the entity tag, strong or weak (RFC 9110, section 13.1.2).

    A malformed header names nothing: the caller then gets the whole answer.
    """
    if header is None:
        return False
    try:
        tags = parse_if_match(header).tags
    except IfMatchError:
        return False
    return tags is None or tag.removeprefix("W/") in {each.removeprefix("W/") for each in tags}
