"""A few hundred requests over all operations, well-formed and not: the short form of `./dev fuzz`."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.fuzz.found import Found
from tests.fuzz.round import Size, is_installable, run_round
from tests.support.stack import RunningStack, running_stack

SEED = 1
A_FEW = Size(examples=1, chains=15, on_limits=False)


@pytest.fixture
def own_stack() -> Iterator[RunningStack]:
    """Requests to payment and to the organizer leave what no booking has; other tests would see rules broken."""
    if not is_installable():
        pytest.skip("Schemathesis cannot be installed here")
    with running_stack() as stack:
        yield stack


@pytest.mark.timeout(600)
def test_no_service_fails_and_each_answers_as_its_document_says(own_stack: RunningStack) -> None:
    sums: dict[str, Found] = {}
    for found in run_round(own_stack.environment, A_FEW, SEED):
        sums.setdefault(found.document, Found(found.document)).add(found)
    assert [str(each) for each in sums.values() if each.is_wrong] == []
    assert all(each.cases >= each.operations for each in sums.values())
    assert any(each.links for each in sums.values()), "no chain has followed a link"
