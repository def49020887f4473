"""The calls of the client service, over real HTTP to the fake."""

import contextlib
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from devstack.deadlines import stretched

from frontend.api.client import ApiClient
from frontend.api.drafts import SeatLayout
from frontend.api.errors import Party, Refused, ServiceUnreachable, SessionExpired, Trouble
from frontend.api.models import BookingStatus, Seat, WaitlistStatus
from frontend.api.tokens import Tokens
from frontend.api.transport import Call, Transport, shared_transport
from tests.fake.demo_records import DEMO
from tests.fake.http import SOME_ID
from tests.fake.server import FakeClientService
from tests.fake.state import FakeRecords, Record


@pytest.fixture
def dripping() -> Iterator[str]:
    """Gives the address of a service that sends one byte of its answer now and then and never ends."""
    ended = threading.Event()

    class Drip(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            with contextlib.suppress(OSError):
                while not ended.wait(0.1):
                    self.wfile.write(b"H")

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Drip)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    ended.set()
    server.shutdown()
    server.server_close()


def person(records: FakeRecords, user: Record) -> ApiClient:
    return ApiClient(shared_transport(), Tokens(**records.tokens(user["id"])))


def test_signing_in_gives_tokens_that_open_the_own_account(service: FakeClientService) -> None:
    pair = ApiClient(shared_transport()).sign_in(email=DEMO[0], password=DEMO[1])
    me = ApiClient(shared_transport(), Tokens(pair.access, pair.refresh or "")).me()
    assert (me.email, me.is_staff) == (DEMO[0], False)


def test_wrong_credentials_are_refused(service: FakeClientService) -> None:
    with pytest.raises(Refused) as refused:
        ApiClient(shared_transport()).sign_in(email=DEMO[0], password="wrong")
    assert refused.value.problem.status == 401


def test_a_stale_access_token_is_renewed_without_anybody_noticing(
    service: FakeClientService, records: FakeRecords, demo: Record
) -> None:
    tokens = Tokens("stale", records.tokens(demo["id"])["refresh"])
    old_refresh = tokens.refresh
    assert ApiClient(shared_transport(), tokens).me().email == demo["email"]
    assert tokens.access != "stale"
    assert tokens.refresh != old_refresh


def test_concurrent_calls_with_a_stale_token_renew_it_once(
    service: FakeClientService, records: FakeRecords, demo: Record
) -> None:
    tokens = Tokens("stale", records.tokens(demo["id"])["refresh"])
    emails: list[str] = []
    calls = [
        threading.Thread(target=lambda: emails.append(ApiClient(shared_transport(), tokens).me().email))
        for _ in range(8)
    ]
    for call in calls:
        call.start()
    for call in calls:
        call.join(10)
    assert emails == [demo["email"]] * 8
    assert records.requests.count("POST /api/v1/auth/token/refresh") == 1


def test_a_refresh_token_that_is_over_ends_the_session(service: FakeClientService) -> None:
    with pytest.raises(SessionExpired):
        ApiClient(shared_transport(), Tokens("stale", "stale too")).me()


def test_a_cookie_alone_is_enough_to_go_on(service: FakeClientService, records: FakeRecords, demo: Record) -> None:
    tokens = Tokens("", records.tokens(demo["id"])["refresh"])
    assert ApiClient(shared_transport(), tokens).me().id == demo["id"]


def test_renewing_while_the_service_is_down_does_not_end_the_session(
    service: FakeClientService, records: FakeRecords, demo: Record
) -> None:
    tokens = Tokens("", records.tokens(demo["id"])["refresh"])
    records.broken = "down"
    with pytest.raises(ServiceUnreachable):
        ApiClient(shared_transport(), tokens).me()
    records.broken = None
    assert ApiClient(shared_transport(), tokens).me().id == demo["id"]


def test_a_service_that_is_not_there_is_unreachable_and_got_nothing() -> None:
    nobody = Transport("http://127.0.0.1:9")
    for method in ("GET", "POST"):
        with pytest.raises(ServiceUnreachable) as failure:
            nobody.send(Call(method, "/bookings"))
        assert (failure.value.trouble, failure.value.was_sent) == (Trouble.UNREACHABLE, False)
    nobody.close()


def test_a_service_that_does_not_answer_in_time_is_too_slow(service: FakeClientService, records: FakeRecords) -> None:
    records.broken = "hang"
    started = time.monotonic()
    with pytest.raises(ServiceUnreachable) as failure:
        shared_transport().send(Call("GET", "/events", deadline=0.3))
    assert (failure.value.trouble, failure.value.party) == (Trouble.SLOW, Party.TICKET)
    assert time.monotonic() - started < stretched(3)


def test_a_service_that_drips_its_answer_has_a_deadline_for_the_whole_of_it(dripping: str) -> None:
    transport = Transport(dripping)
    started = time.monotonic()
    with pytest.raises(ServiceUnreachable) as failure:
        transport.send(Call("GET", "/events", deadline=0.5))
    assert failure.value.trouble is Trouble.SLOW
    assert time.monotonic() - started < 3
    transport.close()


def test_nothing_is_sent_to_a_service_that_has_stopped_answering(
    service: FakeClientService, records: FakeRecords
) -> None:
    records.broken = "stands still"
    with pytest.raises(ServiceUnreachable) as failure:
        shared_transport().send(Call("POST", "/bookings"))
    assert not failure.value.was_sent
    assert "POST /api/v1/bookings" not in records.requests


def test_a_change_that_was_sent_may_have_happened(service: FakeClientService, records: FakeRecords) -> None:
    records.broken = "hang"
    with pytest.raises(ServiceUnreachable) as failure:
        shared_transport().send(Call("POST", "/bookings", deadline=0.3))
    assert failure.value.was_sent


@pytest.mark.parametrize(
    ("call", "party"),
    [
        (Call("GET", "/events"), Party.TICKET),
        (Call("GET", "/events/1/seats"), Party.TICKET),
        (Call("GET", "/waitlist"), Party.TICKET),
        (Call("POST", "/bookings"), Party.TICKET),
        (Call("POST", "/bookings/1/cancel"), Party.TICKET),
        (Call("GET", "/bookings/1/ticket"), Party.TICKET),
        (Call("GET", "/bookings"), Party.CLIENT),
        (Call("GET", "/bookings/1"), Party.CLIENT),
        (Call("GET", "/users/me"), Party.CLIENT),
        (Call("POST", "/auth/token"), Party.CLIENT),
    ],
)
def test_a_call_knows_who_has_to_answer_it(call: Call, party: Party) -> None:
    assert call.asks is party


def test_an_answer_without_a_problem_document_is_unreachable(service: FakeClientService, records: FakeRecords) -> None:
    records.broken = "down"
    with pytest.raises(ServiceUnreachable) as failure:
        ApiClient(shared_transport()).events()
    assert failure.value.trouble is Trouble.UNREACHABLE


def test_an_answer_of_another_shape_is_not_understood(service: FakeClientService, records: FakeRecords) -> None:
    del records.events[0]["name"]
    with pytest.raises(ServiceUnreachable) as failure:
        ApiClient(shared_transport()).event(records.events[0]["id"])
    assert failure.value.trouble is Trouble.UNREADABLE
    assert records.violations
    records.violations.clear()


def test_what_was_read_once_is_shown_while_nobody_answers(
    service: FakeClientService, records: FakeRecords, demo: Record
) -> None:
    client, stranger = person(records, demo), person(records, records.users[2])
    known = client.bookings().items
    records.broken = "down"
    assert client.bookings().items == known
    with pytest.raises(ServiceUnreachable):
        stranger.bookings()
    with pytest.raises(ServiceUnreachable):
        client.ticket(known[0].id)


def test_what_was_read_once_is_shown_soon_while_an_answer_is_slow(
    service: FakeClientService, records: FakeRecords, demo: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = person(records, demo)
    known = client.bookings().items
    monkeypatch.setattr("frontend.api.caller.KNOWN_SECONDS", 0.2)
    records.broken = "hang"
    started = time.monotonic()
    assert client.bookings().items == known
    assert time.monotonic() - started < 0.9


def test_what_is_refused_for_good_is_not_shown_from_memory(
    service: FakeClientService, records: FakeRecords, demo: Record
) -> None:
    client = person(records, demo)
    booking = next(b for b in records.bookings if b["user_id"] == demo["id"])
    client.booking(booking["id"])
    booking["user_id"] = "somebody else"
    with pytest.raises(Refused) as refused:
        client.booking(booking["id"])
    assert refused.value.problem.status == 404


def test_a_503_with_a_problem_document_is_temporary(
    service: FakeClientService, records: FakeRecords, demo: Record
) -> None:
    event, seat = records.events[1], records.seats[records.events[1]["id"]][60]
    records.next_refusal = {"status": 503, "slug": "ticket-unavailable", "detail": "Down.", "booking_id": SOME_ID}
    with pytest.raises(Refused) as refused:
        person(records, demo).book(event_id=event["id"], seat_ids=[seat["id"]], idempotency_key="k")
    assert refused.value.problem.is_temporary
    assert refused.value.problem.booking_id == SOME_ID


def test_the_map_of_a_large_hall_arrives_in_one_answer(service: FakeClientService, records: FakeRecords) -> None:
    found = ApiClient(shared_transport()).seat_map(records.events[0]["id"])
    assert len(found.states) == 2160
    assert [request for request in records.requests if "seat" in request] == [
        f"GET /api/v1/events/{records.events[0]['id']}/seat-map"
    ]


def test_seats_of_the_map_are_looked_up_with_their_ids(service: FakeClientService, records: FakeRecords) -> None:
    event, client = records.events[1], ApiClient(shared_transport())
    chosen = records.seats[event["id"]][60:70]
    places = [Seat.model_validate(seat).place for seat in chosen]
    assert {seat.id for seat in client.seats_at(event["id"], [*places, '["Nowhere","A",1]'])} == {
        seat["id"] for seat in chosen
    }
    assert len([request for request in records.requests if request.endswith("/seats")]) == 1


def test_the_longest_places_are_looked_up_in_several_requests(service: FakeClientService, records: FakeRecords) -> None:
    event = records.events[1]
    made = records.add_block(event, section="\U0001f3ad" * 60, rows=1, seats_per_row=10, price=5)
    places = [Seat.model_validate(seat).place for seat in made]
    found = ApiClient(shared_transport()).seats_at(event["id"], places)
    assert {seat.id for seat in found} == {seat["id"] for seat in made}
    assert len([request for request in records.requests if request.endswith("/seats")]) > 1


def test_all_seats_of_a_large_hall_arrive_page_by_page(service: FakeClientService, records: FakeRecords) -> None:
    seats = ApiClient(shared_transport()).seats(records.events[0]["id"])
    assert len({seat.id for seat in seats}) == 2160


def test_the_same_attempt_twice_is_one_booking(service: FakeClientService, records: FakeRecords, demo: Record) -> None:
    event, seat = records.events[1], records.seats[records.events[1]["id"]][60]
    client = person(records, demo)
    first = client.book(event_id=event["id"], seat_ids=[seat["id"]], idempotency_key="one")
    second = client.book(event_id=event["id"], seat_ids=[seat["id"]], idempotency_key="one")
    assert first.id == second.id
    assert first.status is BookingStatus.AWAITING_PAYMENT


def test_a_taken_seat_is_refused_with_the_stored_failed_booking(
    service: FakeClientService, records: FakeRecords, demo: Record
) -> None:
    event, seat = records.events[1], records.seats[records.events[1]["id"]][60]
    seat["status"] = "BOOKED"
    client = person(records, demo)
    with pytest.raises(Refused) as refused:
        client.book(event_id=event["id"], seat_ids=[seat["id"]], idempotency_key="k")
    assert refused.value.problem.type == "seat-unavailable"
    stored = client.booking(refused.value.problem.booking_id or "")
    assert stored.failure_reason == "SEAT_UNAVAILABLE"


def test_wrong_fields_are_named(service: FakeClientService) -> None:
    client = ApiClient(shared_transport())
    with pytest.raises(Refused) as refused:
        client.register(email="new@example.com", password="short", name="New", idempotency_key="k")
    assert [(wrong.field, wrong.code) for wrong in refused.value.problem.errors] == [("password", "weak")]


def test_an_id_from_the_address_bar_cannot_lead_to_another_path(
    service: FakeClientService, records: FakeRecords, demo: Record
) -> None:
    with pytest.raises((Refused, ServiceUnreachable)):
        person(records, demo).booking("../users/me")
    assert "GET /api/v1/users/me" not in records.requests


def test_queueing_and_leaving(service: FakeClientService, records: FakeRecords, demo: Record) -> None:
    seat = records.seats[records.events[1]["id"]][1]
    client = person(records, records.users[2])
    entry = client.join_queue(seat["id"])
    assert (entry.status, entry.position) == (WaitlistStatus.WAITING, 1)
    client.leave_queue(entry.id)
    left = next(each for each in client.my_queue() if each.id == entry.id)
    assert left.status is WaitlistStatus.LEFT


def test_staff_add_seats_by_layout_and_buyers_may_not(
    service: FakeClientService, records: FakeRecords, demo: Record, staff: Record
) -> None:
    event = records.events[6]
    layout = SeatLayout(section="Lawn", rows=2, seats_per_row=3, price=100_000)
    with pytest.raises(Refused) as refused:
        person(records, demo).add_seats(event["id"], layout, idempotency_key="k")
    assert refused.value.problem.status == 403
    person(records, staff).add_seats(event["id"], layout, idempotency_key="k")
    assert len(person(records, staff).seats(event["id"])) == 6
