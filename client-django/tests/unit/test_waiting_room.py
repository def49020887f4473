"""A lane that is full lets as many wait as it can take soon, and refuses everybody else at once."""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest
from devstack.deadlines import stretched

from client.edge import lanes
from client.edge.lanes import Lane, LaneName
from client.edge.waiting_room import WaitingRoom
from tests.processes import wait_until

PLACES, OF_ONE = 4, 2
LONGER_THAN_A_TEST = stretched(20)


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(8) as threads:
        yield threads


@pytest.fixture
def lane(monkeypatch: pytest.MonkeyPatch) -> Lane:
    """A lane in which each share has room for those whom it has served, for as long as the test takes."""
    monkeypatch.setattr("client.edge.waiting_room.WINDOW_SECONDS", LONGER_THAN_A_TEST)
    monkeypatch.setattr(lanes, "LONGEST_WAIT_SECONDS", LONGER_THAN_A_TEST)
    return Lane(LaneName.BOOKINGS, places=PLACES, places_per_share=OF_ONE)


def serve(lane: Lane, share: str, number: int) -> None:
    for _ in range(number):
        assert lane.enter(share)
        lane.leave(share)


def fill(lane: Lane, *shares: str) -> None:
    assert all(lane.enter(share) for share in shares)


def test_a_full_lane_that_serves_nobody_lets_nobody_wait(lane: Lane) -> None:
    fill(lane, "x", "x")
    assert lane.refuses(lambda: "x")
    assert not lane.enter("x")


def test_who_waits_gets_the_place_that_becomes_free_and_nobody_overtakes(lane: Lane, pool: ThreadPoolExecutor) -> None:
    serve(lane, "x", 2)
    fill(lane, "x", "x")
    first, second = enter_in_turn(lane, pool, "x", "x")
    assert lane.refuses(lambda: "x"), "as many wait as were served"
    assert not lane.enter("x")
    lane.leave("x")
    assert first.result()
    assert not second.done()
    lane.leave("x")
    assert second.result()


def enter_in_turn(lane: Lane, pool: ThreadPoolExecutor, *shares: str) -> list[Future[bool]]:
    """Enters in other threads; each waits before the next one comes."""
    entering: list[Future[bool]] = []
    for number, share in enumerate(shares, start=1):
        entering.append(pool.submit(lane.enter, share))
        wait_until(lambda so_many=number: waiting_in(lane) == so_many)  # type: ignore[misc]
    return entering


def waiting_in(lane: Lane) -> int:
    return sum(len(each.line) for each in lane._room._shares.values())


def test_the_lane_of_a_full_share_is_not_refused_while_others_of_it_may_wait(lane: Lane) -> None:
    serve(lane, "x", 1)
    fill(lane, "x", "x", "y", "y")
    assert not lane.refuses(lambda: "x")
    assert lane.refuses(lambda: "y"), "none of it was served"


def test_a_place_goes_to_who_has_waited_longest() -> None:
    room = WaitingRoom()
    for share in ("x", "y"):
        room.served(share)
    of_y, of_x = room.add("y"), room.add("x")
    room.let_in(lambda share: True)
    assert [each.granted.is_set() for each in (of_y, of_x)] == [True, False]


def test_a_place_goes_past_those_whose_share_is_full() -> None:
    room = WaitingRoom()
    for share in ("x", "y"):
        room.served(share)
    of_x, of_y = room.add("x"), room.add("y")
    room.let_in(lambda share: share != "x")
    assert [each.granted.is_set() for each in (of_x, of_y)] == [False, True]
    room.let_in(lambda share: True)
    assert of_x.granted.is_set()


def test_who_has_waited_for_too_long_is_refused_and_leaves_the_line(
    lane: Lane, monkeypatch: pytest.MonkeyPatch
) -> None:
    serve(lane, "x", 1)
    fill(lane, "x", "x")
    monkeypatch.setattr(lanes, "LONGEST_WAIT_SECONDS", 0)
    assert not lane.enter("x")
    assert waiting_in(lane) == 0
    lane.leave("x")
    assert lane.enter("x"), "the place is nobody's"


def test_a_place_that_is_granted_at_the_last_moment_is_taken() -> None:
    room = WaitingRoom()
    room.served("x")
    waiting = room.add("x")
    room.let_in(lambda share: True)
    assert not room.remove(waiting)


def test_there_is_room_for_as_many_as_were_served_in_this_second_or_the_last_one() -> None:
    clock = Clock()
    room = WaitingRoom(clock=clock)
    for _ in range(2):
        room.served("x")
    clock.now += 1
    room.served("x")
    assert [bool(room.has_room("x") and room.add("x")) for _ in range(3)] == [True, True, False]
    assert not room.has_room("y")


def test_what_was_served_long_ago_makes_no_room() -> None:
    clock = Clock()
    room = WaitingRoom(clock=clock)
    room.served("x")
    clock.now += 2
    assert not room.has_room("x")
    assert not room.has_room_for_any()


def test_shares_of_which_none_was_served_lately_are_forgotten() -> None:
    clock = Clock()
    room = WaitingRoom(clock=clock)
    for number in range(100):
        room.served(f"share {number}")
    clock.now += 2
    room.served("x")
    assert len(room._shares) == 1
