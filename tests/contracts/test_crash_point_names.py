"""A crash point that is armed for a whole stack strikes in one service: no two services have one of the same name."""

from __future__ import annotations

import re

from tests.contracts.files import CONTRACTS

NAMED = re.compile(r'crash_point\("([a-z.-]+)"\)')


def crash_points(folder: str) -> set[str]:
    sources = (CONTRACTS.parent / folder).rglob("*.py")
    return {name for source in sources for name in NAMED.findall(source.read_text())}


def test_no_two_services_have_a_crash_point_of_the_same_name() -> None:
    ticket, payment = crash_points("ticket-fastapi/src"), crash_points("payment-aiohttp/src")
    assert ticket
    assert payment
    assert ticket & payment == set()
