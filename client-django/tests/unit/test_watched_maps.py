"""A seat map is looked at once for all who view it, and not at all while nobody does."""

import json
import threading
from collections.abc import Callable, Iterator
from uuid import UUID, uuid4

import pytest
from devstack.deadlines import stretched
from pydantic import JsonValue

from client.catalog import watched_map
from client.catalog.errors import TooManyViewersError
from client.catalog.seat_states import SeatStates, changed_seats, seat_states
from client.catalog.watched_map import MOST_BEHIND, View
from client.catalog.watched_maps import LOOK_SECONDS, LOOKS_PER_SALE, LOOKS_PER_SECOND, WatchedMaps
from client.domain.errors import TicketFailedError, TicketUnavailableError
from client.ticket_api.errors import TicketRefusedError
from client.ticket_api.models import TicketProblem
from tests.processes import wait_until

EVENT = uuid4()
HEARTBEAT = b"heartbeat"
GONE = TicketRefusedError(TicketProblem(type="event-not-found", title="", status=404, detail=""))


def encoded(kind: str, content: JsonValue) -> bytes:
    return json.dumps([kind, content]).encode()


class Rounds:
    """The pauses between looks, which end when the test says so."""

    def __init__(self) -> None:
        self.seconds: list[float] = []
        self._begun, self._ended = threading.Semaphore(0), threading.Semaphore(0)
        self._is_over = False

    def pause(self, seconds: float) -> None:
        self.seconds.append(seconds)
        self._begun.release()
        self._ended.acquire()
        if self._is_over:
            raise GONE

    def await_pause(self) -> None:
        assert self._begun.acquire(timeout=stretched(10))

    def next_look(self) -> None:
        """Ends a pause; returns when the look after it is over and the next pause has begun."""
        self._ended.release()
        self.await_pause()

    def last_pause(self) -> None:
        """Ends a pause after which nobody looks."""
        self._ended.release()

    def end_all(self) -> None:
        """Ends every thread that still follows a map."""
        self._is_over = True
        self._ended.release(1000)


class Ticket:
    """Counts the looks at it."""

    def __init__(self) -> None:
        self.looks: list[UUID] = []
        self.anew: list[bool] = []
        self.sales: list[UUID] = []
        self.seats = SeatStates("a", "oooo")
        self.sale = "ON_SALE"
        self.error: Exception | None = None

    def look(self, event_id: UUID, *, anew: bool) -> SeatStates:
        self.looks.append(event_id)
        self.anew.append(anew)
        if self.error is not None:
            raise self.error
        return self.seats

    def look_at_sale(self, event_id: UUID) -> str:
        self.sales.append(event_id)
        return self.sale


@pytest.fixture
def ticket() -> Ticket:
    return Ticket()


@pytest.fixture
def rounds() -> Iterator[Rounds]:
    made = Rounds()
    yield made
    made.end_all()


@pytest.fixture
def maps_of(ticket: Ticket, rounds: Rounds) -> Callable[..., WatchedMaps]:
    def make(*, most_viewers: int = 1000, most_per_address: int = 1000) -> WatchedMaps:
        return WatchedMaps(
            seats=ticket.look,
            sale=ticket.look_at_sale,
            encode=encoded,
            heartbeat=HEARTBEAT,
            most_viewers=most_viewers,
            most_per_address=most_per_address,
            pause=rounds.pause,
        )

    return make


@pytest.fixture
def maps(maps_of: Callable[..., WatchedMaps]) -> WatchedMaps:
    return maps_of()


def begun(maps: WatchedMaps, address: str = "x", event_id: UUID = EVENT) -> View:
    """Returns a view whose first message was read."""
    view = maps.view(event_id, address=address)
    assert next(view)
    return view


def await_end(maps: WatchedMaps, event_id: UUID = EVENT) -> None:
    """Waits until nobody follows the map."""
    wait_until(lambda: event_id not in maps._maps)


def test_a_view_begins_with_the_whole_map_and_the_sale(maps: WatchedMaps) -> None:
    view = maps.view(EVENT, address="x")
    assert next(view) == encoded("map", {"layout": "a", "states": "oooo"}) + encoded("sale", {"status": "ON_SALE"})


def test_one_look_serves_all_who_view_a_map(maps: WatchedMaps, ticket: Ticket, rounds: Rounds) -> None:
    views = [begun(maps) for _ in range(200)]
    rounds.await_pause()
    assert (ticket.looks, ticket.anew) == ([EVENT], [False])
    for states in ("gooo", "gobo"):
        ticket.seats = SeatStates("a", states)
        rounds.next_look()
    assert ticket.anew == [False, True, True]
    for view in views:
        assert [next(view), next(view)] == [encoded("changes", {"g": [0]}), encoded("changes", {"b": [2]})]


def test_a_look_that_finds_nothing_new_sends_nothing(
    maps: WatchedMaps, ticket: Ticket, rounds: Rounds, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watched_map, "HEARTBEAT_SECONDS", 0)
    view = begun(maps)
    rounds.await_pause()
    rounds.next_look()
    assert next(view) == HEARTBEAT


def test_who_comes_later_begins_with_what_was_seen_last(maps: WatchedMaps, ticket: Ticket, rounds: Rounds) -> None:
    begun(maps)
    rounds.await_pause()
    ticket.seats = SeatStates("a", "gooo")
    rounds.next_look()
    later = maps.view(EVENT, address="x")
    assert next(later).startswith(encoded("map", {"layout": "a", "states": "gooo"}))
    ticket.seats = SeatStates("a", "bogo")
    rounds.next_look()
    assert next(later) == encoded("changes", {"b": [0], "g": [2]})


@pytest.mark.parametrize("seats", [SeatStates("b", "oobo"), SeatStates("a", "oob")])
def test_another_layout_is_sent_whole(maps: WatchedMaps, ticket: Ticket, rounds: Rounds, seats: SeatStates) -> None:
    view = begun(maps)
    rounds.await_pause()
    ticket.seats = seats
    rounds.next_look()
    assert next(view) == encoded("map", {"layout": seats.layout, "states": seats.states})


def test_the_sale_is_looked_at_now_and_then(maps: WatchedMaps, ticket: Ticket, rounds: Rounds) -> None:
    view = begun(maps)
    rounds.await_pause()
    ticket.sale = "CANCELLED"
    for _ in range(LOOKS_PER_SALE):
        rounds.next_look()
    assert next(view) == encoded("sale", {"status": "CANCELLED"})
    assert ticket.sales == [EVENT, EVENT]


def test_nobody_looks_once_the_last_viewer_has_left(maps: WatchedMaps, ticket: Ticket, rounds: Rounds) -> None:
    views = [begun(maps) for _ in range(3)]
    rounds.await_pause()
    for view in views[:2]:
        view.close()
        view.close()
    rounds.next_look()
    assert len(ticket.looks) == 2
    views[2].close()
    rounds.last_pause()
    await_end(maps)
    assert len(ticket.looks) == 2
    begun(maps)
    assert len(ticket.looks) == 3


def test_a_viewer_who_is_too_far_behind_is_dropped_and_no_other(
    maps: WatchedMaps, ticket: Ticket, rounds: Rounds
) -> None:
    slow, quick = begun(maps), begun(maps)
    rounds.await_pause()
    for number in range(MOST_BEHIND + 1):
        ticket.seats = SeatStates("a", "ooog" if number % 2 else "gooo")
        rounds.next_look()
        assert b"changes" in next(quick)
    assert next(slow, None) is None


def test_a_viewer_who_is_as_far_behind_as_one_may_be_gets_everything(
    maps: WatchedMaps, ticket: Ticket, rounds: Rounds
) -> None:
    slow = begun(maps)
    rounds.await_pause()
    for number in range(MOST_BEHIND):
        ticket.seats = SeatStates("a", "ooog" if number % 2 else "gooo")
        rounds.next_look()
    assert len([next(slow) for _ in range(MOST_BEHIND)]) == MOST_BEHIND


def test_a_process_has_so_many_viewers_at_a_time(maps_of: Callable[..., WatchedMaps]) -> None:
    maps = maps_of(most_viewers=2)
    first, second = begun(maps, "1"), begun(maps, "2")
    with pytest.raises(TooManyViewersError):
        maps.view(EVENT, address="3")
    first.close()
    begun(maps, "3")
    with pytest.raises(TooManyViewersError):
        maps.view(EVENT, address="4")
    second.close()


def test_an_address_has_so_many_viewers_at_a_time(maps_of: Callable[..., WatchedMaps]) -> None:
    maps = maps_of(most_per_address=2)
    first, _ = begun(maps, "1"), begun(maps, "1", uuid4())
    with pytest.raises(TooManyViewersError):
        maps.view(EVENT, address="1")
    begun(maps, "2")
    first.close()
    begun(maps, "1")


def test_a_map_that_cannot_be_seen_takes_no_place(maps_of: Callable[..., WatchedMaps], ticket: Ticket) -> None:
    maps = maps_of(most_viewers=1, most_per_address=1)
    ticket.error = TicketUnavailableError()
    for _ in range(3):
        with pytest.raises(TicketUnavailableError):
            maps.view(EVENT, address="1")
    ticket.error = None
    begun(maps, "1")


def test_an_outage_of_ticket_ends_no_view(maps: WatchedMaps, ticket: Ticket, rounds: Rounds) -> None:
    view = begun(maps)
    rounds.await_pause()
    ticket.error = TicketUnavailableError()
    rounds.next_look()
    ticket.error, ticket.seats = None, SeatStates("a", "booo")
    rounds.next_look()
    assert next(view) == encoded("changes", {"b": [0]})


@pytest.mark.parametrize("error", [GONE, ZeroDivisionError()], ids=["it was deleted", "a defect"])
def test_a_map_that_is_gone_ends_its_views(maps: WatchedMaps, ticket: Ticket, rounds: Rounds, error: Exception) -> None:
    view = begun(maps)
    rounds.await_pause()
    ticket.error = error
    rounds.last_pause()
    assert next(view, None) is None
    await_end(maps)


def test_many_maps_are_looked_at_less_often_each(maps: WatchedMaps, rounds: Rounds) -> None:
    for _ in range(2 * LOOKS_PER_SECOND):
        begun(maps, event_id=uuid4())
        rounds.await_pause()
    assert rounds.seconds[0] == LOOK_SECONDS
    assert rounds.seconds[-1] == 2


def test_a_view_ends_with_a_viewer_who_has_hung_up(maps: WatchedMaps, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watched_map, "HEARTBEAT_SECONDS", 0)
    gone = [False]
    view = maps.view(EVENT, address="x", has_gone=lambda: gone[0])
    assert next(view)
    assert next(view) == HEARTBEAT
    gone[0] = True
    assert next(view, None) is None


def test_a_view_for_no_seconds_is_the_whole_map_only(maps: WatchedMaps) -> None:
    assert len(list(maps.view(EVENT, address="x", seconds=0))) == 1


def test_a_process_that_is_about_to_end_ends_all_views(maps: WatchedMaps) -> None:
    views = [begun(maps), begun(maps, event_id=uuid4())]
    maps.end()
    assert [next(view, None) for view in views] == [None, None]
    with pytest.raises(TooManyViewersError):
        maps.view(EVENT, address="x")


def test_changes_are_the_indexes_of_seats_by_their_present_state() -> None:
    assert changed_seats("oogbb", "ogobo") == {"g": [1], "o": [2, 4]}
    assert changed_seats("og", "og") == {}


@pytest.mark.parametrize("document", [b"x", b"[]", b'{"states":"o"}', b'{"layout":"","states":""}'])
def test_a_map_without_layout_or_states_is_unusable(document: bytes) -> None:
    assert seat_states(b'{"layout":"a","prices":[],"states":"og"}') == SeatStates("a", "og")
    with pytest.raises(TicketFailedError):
        seat_states(document)
