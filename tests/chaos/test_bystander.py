"""While something troubles others, a buyer of another organizer books, pays, is told, and looks around.

The trouble lasts until the buyer has done so: this tests the order; `./dev bench bystander` measures the time.
"""

from __future__ import annotations

import pytest

from devstack.deadlines import stretched
from tests.conftest import IS_LONG
from tests.support.bystander import Bystander
from tests.support.faulty_stack import FaultyStack
from tests.support.troubles import (
    Trouble,
    half_sent_requests,
    silent_mail,
    silent_organizer,
    silent_payment,
    troubles,
)
from tests.support.world import World

LIMIT_SECONDS = 15
"""Of a quiet machine; a trouble that is everybody's lasts as long as it is waited for."""
LINE = 1000 if IS_LONG else 20
SHORT_FORM = (silent_organizer, silent_payment, silent_mail, half_sent_requests)
"""Shorter tests of single services show the others: the store, long queues, long texts, a worker that is killed."""
CASES = [
    pytest.param(each, id=each.name, marks=[] if each.under_way in SHORT_FORM else pytest.mark.long)
    for each in troubles(LINE)
]


@pytest.mark.parametrize("trouble", CASES)
def test_a_bystander_is_served_while_others_are_in_trouble(faulty: FaultyStack, trouble: Trouble) -> None:
    world = World(faulty)
    try:
        world.calm()
        bystander = Bystander(world, seats=1, limit_seconds=stretched(LIMIT_SECONDS))
        if trouble.books_before:
            bystander.prepare(1)
        with trouble.under_way(world):
            if bystander.buys():
                bystander.looks()
        assert bystander.observed.not_done == []
    finally:
        world.close()
