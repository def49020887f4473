"""One click chooses the best seats; what becomes of it is said, and a request is carried out once."""

from collections.abc import Mapping

import pytest

from frontend.api.client import ApiClient
from frontend.api.models import Event, Seat
from frontend.api.transport import shared_transport
from frontend.buyer.best_seats import BEING_BOOKED, choose_best_seats, move_choice, warning_of
from frontend.buyer.choice import BookingRequest, Choice
from frontend.events.seat_map import SeatMap, seat_map_of
from tests.conftest import OpenPage, map_data
from tests.fake.server import FakeClientService
from tests.fake.state import FakeRecords, Record


@pytest.fixture
def client(service: FakeClientService) -> ApiClient:
    return ApiClient(shared_transport())


@pytest.fixture
def event(records: FakeRecords) -> Event:
    """An event with a section of its own, which has one row of five seats."""
    made = records.add_event("A small event", "Hall", days=9)
    records.add_block(made, section="Floor", rows=1, seats_per_row=5, price=50_000)
    return Event.model_validate(made)


def asked(name: str = "first", number: int = 2, max_price: int | None = None) -> Mapping[str, object]:
    return {"id": name, "number": number, "max_price": max_price, "sends": 1}


def places(records: FakeRecords, event: Event, *positions: int) -> list[str]:
    return [Seat.model_validate(records.seats[event.id][at]).place for at in positions]


def drawn(client: ApiClient, event: Event) -> SeatMap:
    return seat_map_of(client.seat_map(event.id), currency=event.currency)


def test_the_proposed_seats_become_the_choice_and_the_browser_takes_them_over(
    client: ApiClient, records: FakeRecords, event: Event
) -> None:
    choice = Choice(places=places(records, event, 4))
    choose_best_seats(choice, event, asked(), client)
    assert choice.places == places(records, event, 0, 1)
    assert (choice.revision, choice.proposed_for) == (1, "first")
    assert choice.proposal == "Your choice: Floor, row A, seat 1; Floor, row A, seat 2."
    choice.take(places(records, event, 0))
    assert choice.proposal == ""


def test_a_request_is_carried_out_once_and_each_has_a_seed_of_its_own(
    client: ApiClient, records: FakeRecords, event: Event
) -> None:
    choice = Choice()
    for request in (asked(), asked(), asked("second"), None):
        choose_best_seats(choice, event, request, client)
    assert records.seeds == ["first", "second"]


def test_that_nothing_fits_is_said_and_the_choice_stays(client: ApiClient, records: FakeRecords, event: Event) -> None:
    choice = Choice(places=places(records, event, 4))
    choose_best_seats(choice, event, asked(number=6, max_price=60_000), client)
    assert choice.proposal == (
        "6 free seats together for at most Rp60.000 each cannot be found any more. Try fewer seats or another price."
    )
    assert (choice.places, choice.revision) == (places(records, event, 4), 0)


def test_without_an_answer_the_choice_stays_and_it_is_said(
    client: ApiClient, records: FakeRecords, event: Event
) -> None:
    choice = Choice(places=places(records, event, 4))
    records.broken = "without ticket"
    choose_best_seats(choice, event, asked(), client)
    assert choice.proposal.endswith("No seats were chosen. Please try again in a moment.")
    assert choice.places == places(records, event, 4)
    assert choice.proposed_for == "first"


def test_seats_that_are_being_booked_are_not_exchanged(client: ApiClient, records: FakeRecords, event: Event) -> None:
    chosen = places(records, event, 1, 2)
    choice = Choice(places=chosen)
    choice.receive(BookingRequest("a-request", tuple(chosen)))
    choose_best_seats(choice, event, asked(), client)
    move_choice(choice, drawn(client, event), {"id": "a-move"})
    assert (choice.places, choice.proposal, choice.revision) == (chosen, BEING_BOOKED, 0)
    assert records.seeds == []
    assert warning_of(choice, drawn(client, event)) is None


def test_a_choice_that_leaves_a_seat_alone_is_warned_about_and_moves_at_one_click(
    client: ApiClient, records: FakeRecords, event: Event
) -> None:
    seat_map = drawn(client, event)
    choice = Choice(places=places(records, event, 1, 2))
    assert warning_of(choice, seat_map) == {
        "text": "Floor, row A, seat 1 would stay alone, with no free seat beside it.",
        "about": [1, 2],
        "can_move": True,
    }
    for _ in range(2):
        move_choice(choice, seat_map, {"id": "a-move"})
    assert (choice.places, choice.revision) == (places(records, event, 0, 1), 1)
    assert warning_of(choice, seat_map) is None


def test_a_warning_offers_no_move_where_there_is_none(client: ApiClient, records: FakeRecords, event: Event) -> None:
    warning = warning_of(Choice(places=places(records, event, 0, 1, 2, 3)), drawn(client, event))
    assert warning is not None
    assert not warning["can_move"]


@pytest.mark.parametrize(("status", "is_there"), [("SCHEDULED", True), ("ON_SALE", True), ("SALES_CLOSED", False)])
def test_the_page_has_the_control_while_seats_can_be_chosen(
    open_page: OpenPage, records: FakeRecords, status: str, is_there: bool
) -> None:
    event: Record = records.events[1]
    records.change(event, {"status": status})
    app = open_page("event", id=event["id"])
    components = [component.proto.component_name for component in app.get("bidi_component")]
    assert ("best_seats" in components) == is_there
    assert map_data(app)["alone"] is None
