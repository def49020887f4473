"""A request for seats always has a definite outcome, whatever the client service does."""

import pytest

from frontend.api.client import ApiClient
from frontend.api.models import Booking, Seat
from frontend.api.tokens import Tokens
from frontend.api.transport import shared_transport
from frontend.buyer.book_seats import STILL_UNKNOWN, end_request, follow_up, request_seats
from frontend.buyer.choice import BookingRequest, Choice
from frontend.buyer.outcome import MAP_CHANGED, NOTHING_RECORDED, NOTHING_SENT, Outcome
from frontend.buyer.own_seats import OwnSeats
from tests.conftest import wait_until
from tests.fake.server import FakeClientService
from tests.fake.state import FakeRecords, Record


@pytest.fixture
def client(service: FakeClientService, records: FakeRecords, demo: Record) -> ApiClient:
    return ApiClient(shared_transport(), Tokens(**records.tokens(demo["id"])))


@pytest.fixture
def booking_request(client: ApiClient, records: FakeRecords, event_id: str) -> BookingRequest:
    """A request for a seat that the page has looked up while it was chosen."""
    seat = Seat.model_validate(seat_of(records))
    client.seats_at(event_id, [seat.place])
    return BookingRequest("a-request", (seat.place,), (seat.id,))


@pytest.fixture
def event_id(records: FakeRecords) -> str:
    found: str = records.events[1]["id"]
    return found


def seat_of(records: FakeRecords) -> Record:
    seat: Record = records.seats[records.events[1]["id"]][60]
    return seat


def asked(client: ApiClient, records: FakeRecords, demo: Record, booking_request: BookingRequest) -> Outcome:
    before = frozenset(booking["id"] for booking in records.bookings)
    return request_seats(
        client, records.events[1]["id"], demo["id"], booking_request.places, booking_request.id, before
    )


def test_seats_that_are_held_are_a_booking(
    client: ApiClient, records: FakeRecords, demo: Record, booking_request: BookingRequest
) -> None:
    outcome = asked(client, records, demo, booking_request)
    assert outcome.booking is not None
    assert outcome.booking.seats[0].id == seat_of(records)["id"]


def test_without_an_answer_beforehand_nothing_is_sent_and_that_is_said(
    client: ApiClient, records: FakeRecords, demo: Record, booking_request: BookingRequest
) -> None:
    records.broken = "stands still"
    outcome = asked(client, records, demo, booking_request)
    assert outcome.message is not None
    assert outcome.message.text == NOTHING_SENT
    assert "POST /api/v1/bookings" not in records.requests


def test_a_seat_that_was_never_looked_up_is_not_requested_without_an_answer(
    client: ApiClient, records: FakeRecords, demo: Record, event_id: str
) -> None:
    records.broken = "stands still"
    outcome = request_seats(client, event_id, demo["id"], ['["Stalls","D",13]'], "a-request", ())
    assert outcome.message is not None
    assert outcome.message.text == NOTHING_SENT
    assert "POST /api/v1/bookings" not in records.requests


def test_seats_that_are_not_at_their_places_any_more_are_not_requested(
    client: ApiClient, records: FakeRecords, demo: Record, booking_request: BookingRequest
) -> None:
    seat_of(records)["number"] = 99
    outcome = asked(client, records, demo, booking_request)
    assert outcome.message is not None
    assert outcome.message.text == MAP_CHANGED
    assert "POST /api/v1/bookings" not in records.requests


def test_the_seats_that_are_at_the_places_now_are_requested(
    client: ApiClient, records: FakeRecords, demo: Record, booking_request: BookingRequest
) -> None:
    other = records.seats[records.events[1]["id"]][61]
    other["number"], seat_of(records)["number"] = seat_of(records)["number"], 99
    outcome = asked(client, records, demo, booking_request)
    assert outcome.booking is not None
    assert outcome.booking.seats[0].id == other["id"]


def test_a_booking_whose_answer_got_lost_is_found(
    client: ApiClient,
    records: FakeRecords,
    demo: Record,
    booking_request: BookingRequest,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("frontend.api.client.BOOKING_SECONDS", 0.3)
    monkeypatch.setattr("frontend.api.client.LOOK_UP_SECONDS", 5)
    records.broken = "hang"
    outcome = asked(client, records, demo, booking_request)
    assert outcome.booking is not None
    assert outcome.booking.id == records.bookings[0]["id"]


def test_an_earlier_booking_of_the_same_seats_is_not_taken_for_the_lost_one(
    client: ApiClient, records: FakeRecords, demo: Record, booking_request: BookingRequest, event_id: str
) -> None:
    records.add_booking(demo, records.events[1], [seat_of(records)], "FAILED", failure_reason="ORGANIZER_DECLINED")
    records.next_refusal = {"status": 500, "slug": "internal-error", "detail": "No."}
    outcome = asked(client, records, demo, booking_request)
    assert outcome.is_lost
    assert outcome.message is not None
    assert outcome.message.text == NOTHING_RECORDED


def test_without_any_answer_afterwards_it_is_not_known_and_looked_up_later(
    client: ApiClient,
    records: FakeRecords,
    demo: Record,
    booking_request: BookingRequest,
    event_id: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("frontend.api.client.BOOKING_SECONDS", 0.1)
    monkeypatch.setattr("frontend.api.client.LOOK_UP_SECONDS", 0.1)
    client.me()
    records.broken = "hang"
    choice = Choice(
        places=list(booking_request.places), before=frozenset(booking["id"] for booking in records.bookings)
    )
    choice.receive(booking_request)
    end_request(choice, asked(client, records, demo, booking_request))
    assert choice.message == STILL_UNKNOWN
    assert follow_up(choice, event_id, demo["id"], client, OwnSeats()) is None
    records.broken = None
    monkeypatch.setattr("frontend.api.client.LOOK_UP_SECONDS", 5)
    wait_until(lambda: booking_request.id in records.answers)
    outcome = follow_up(choice, event_id, demo["id"], client, OwnSeats())
    assert outcome is not None
    assert outcome.booking is not None


def test_a_recorded_request_is_followed_until_its_outcome_is_known(
    client: ApiClient, records: FakeRecords, demo: Record, booking_request: BookingRequest, event_id: str
) -> None:
    recorded = records.add_booking(demo, records.events[1], [seat_of(records)], "REQUESTED")
    records.next_refusal = {"status": 503, "slug": "ticket-unavailable", "detail": "No.", "booking_id": recorded["id"]}
    choice = Choice(places=list(booking_request.places))
    choice.receive(booking_request)
    end_request(choice, asked(client, records, demo, booking_request))
    assert choice.recorded == recorded["id"]
    assert follow_up(choice, event_id, demo["id"], client, OwnSeats()) is None
    records.change_status(recorded, "FAILED", failure_reason="TICKET_UNAVAILABLE")
    outcome = follow_up(choice, event_id, demo["id"], client, OwnSeats())
    assert outcome is not None
    end_request(choice, outcome)
    assert choice.recorded is None
    assert choice.message is not None
    assert "no seats were taken" in choice.message.text
    assert choice.places == list(booking_request.places)


def test_a_lost_request_that_arrives_late_after_all_is_noticed(
    client: ApiClient, records: FakeRecords, demo: Record, booking_request: BookingRequest, event_id: str
) -> None:
    late = Booking.model_validate(records.add_booking(demo, records.events[1], [seat_of(records)], "AWAITING_PAYMENT"))
    choice = Choice(places=list(booking_request.places), lost=booking_request)
    outcome = follow_up(choice, event_id, demo["id"], client, OwnSeats(bookings={booking_request.seat_ids[0]: late}))
    assert outcome is not None
    assert outcome.recorded == late.id
