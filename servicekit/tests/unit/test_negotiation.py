"""What a request says about the answer that it wants (RFC 9110, sections 12.5.3 and 13.1.2)."""

from __future__ import annotations

import pytest
from servicekit.negotiation import accepts_gzip, has_tag

TAG = 'W/"7a"'


@pytest.mark.parametrize(
    "header",
    [
        "gzip",
        "GZIP",
        "br, gzip",
        "gzip;q=1",
        "deflate, gzip ; q=0.5",
        "*",
        "identity, *;q=0.1",
        "gzip;q=1, *;q=0",
        ", gzip",
    ],
)
def test_gzip_is_accepted(header: str) -> None:
    assert accepts_gzip(header)


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "identity",
        "br",
        "gzip;q=0",
        "gzip;q=0.000",
        "*, gzip;q=0",
        "*;q=0",
        "gzip;q=x",
        "gzip;q=2",
        "gzipped",
        "q=1",
    ],
)
def test_gzip_is_not_accepted(header: str | None) -> None:
    assert not accepts_gzip(header)


@pytest.mark.parametrize("header", [TAG, '"7a"', f'"x", {TAG}', "*", ' W/"7a" '])
def test_the_caller_has_the_content(header: str) -> None:
    assert has_tag(header, TAG)
    assert has_tag(header, '"7a"')


@pytest.mark.parametrize("header", [None, "", '"x"', "7a", 'w/"7a"', '"7a', '"7A"'])
def test_the_caller_has_not_the_content(header: str | None) -> None:
    assert not has_tag(header, TAG)
