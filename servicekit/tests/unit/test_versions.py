"""A change names the version that it is based on (RFC 9110, sections 8.8.3 and 13.1.1)."""

from __future__ import annotations

import contextlib
from time import monotonic

import pytest
from servicekit.errors import VersionChangedError, VersionMissingError
from servicekit.versions import IfMatchError, entity_tag, parse_if_match, require_version


@pytest.mark.parametrize(
    "header",
    [
        "*",
        " * ",
        '"7"',
        ' "7"\t',
        '"6", "7"',
        '"6","7"',
        ',, "7" ,',
        'W/"7", "7"',
        '"a,b", "7"',
        '"", "7"',
        '"\xe9","7"',
    ],
)
def test_a_header_that_names_the_version_allows_the_change(header: str) -> None:
    require_version(parse_if_match(header), 7)


@pytest.mark.parametrize("header", ['"6"', '"07"', '"77"', '""', 'W/"7"', '"6", W/"7"', '"7,"'])
def test_a_header_that_names_other_versions_refuses_it_and_names_the_present_one(header: str) -> None:
    with pytest.raises(VersionChangedError) as refused:
        require_version(parse_if_match(header), 7)
    assert refused.value.members == {"etag": entity_tag(7)} == {"etag": '"7"'}


def test_a_change_without_the_header_is_refused() -> None:
    with pytest.raises(VersionMissingError):
        require_version(None, 7)


@pytest.mark.parametrize(
    "header",
    ["", " ", ",", "7", "'7'", '"7', '7"', '"7" "8"', '"7";', '*, "7"', '"7", *', '"7\n"', 'w/"7"', 'W/ "7"', '"7 8"'],
)
def test_a_malformed_header_is_refused(header: str) -> None:
    with pytest.raises(IfMatchError, match=r"^must be"):
        parse_if_match(header)


@pytest.mark.parametrize("part", [" ", ",", '"', '"7"', 'W/"', '"7",'])
def test_a_long_header_takes_no_longer_than_reading_it(part: str) -> None:
    begun = monotonic()
    with contextlib.suppress(IfMatchError):
        parse_if_match(part * 50_000)
    assert monotonic() - begun < 2
