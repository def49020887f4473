"""The one-seat protocol walked without the reduction of `tests/model`, to show that the reduction hides nothing."""

from __future__ import annotations

import pytest

from tests.model.walk import walk, worlds_that_cannot_come_to_rest


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_the_walk_without_reduction_agrees() -> None:
    worlds = walk(reduced=False)
    assert len(worlds) > 1_000_000
    assert worlds_that_cannot_come_to_rest(worlds) == set()
