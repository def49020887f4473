"""While ticket is unreachable, one reader a second finds out whether it answers again."""

import pytest

from client.domain.errors import TicketUnavailableError
from client.ticket_api.reachability import Reachability


def test_while_ticket_is_unreachable_one_reader_a_second_asks_and_the_others_fail_at_once() -> None:
    clock = [10.0]
    reachability = Reachability(clock=lambda: clock[0])
    with reachability.guard_read():
        reachability.record_no_answer(since=10.0)
    assert reachability.is_unreachable()
    with pytest.raises(TicketUnavailableError), reachability.guard_read():
        pytest.fail("nobody asks within a second")
    clock[0] = 11.0
    with reachability.guard_read(), pytest.raises(TicketUnavailableError), reachability.guard_read():
        pytest.fail("one asks already")
    with reachability.guard_read():
        reachability.mark_reachable()
    assert not reachability.is_unreachable()
    with reachability.guard_read(), reachability.guard_read():
        pass


def test_one_slow_answer_does_not_make_ticket_unreachable_while_others_are_answered() -> None:
    clock = [10.0]
    reachability = Reachability(clock=lambda: clock[0])
    clock[0] = 12.0
    reachability.mark_reachable()
    reachability.record_no_answer(since=11.0)
    assert not reachability.is_unreachable()
