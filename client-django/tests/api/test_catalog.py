"""The catalogue: read from ticket, cached for a moment, with entity tags; changed by staff."""

import threading
from typing import Any
from uuid import uuid4

import pytest
from devstack.deadlines import stretched

from tests.api.conftest import SEATS, Api, assert_problem
from tests.fake_ticket import EVENT_ID, Answer, FakeTicket, ReceivedRequest, broken, problem

EVENT = f"/events/{EVENT_ID}"


@pytest.mark.parametrize("path", ["/events", EVENT, f"{EVENT}/seats", f"{EVENT}/seat-map", f"{EVENT}/seats/{SEATS[0]}"])
def test_everybody_reads_the_catalogue(anonymous: Api, path: str) -> None:
    response = anonymous.get(path)
    assert response.status_code == 200, response.content
    assert response["Content-Type"] == "application/json"
    assert "max-age" in response["Cache-Control"]


def test_events_and_seats_have_tickets_fields_even_those_that_we_do_not_know(
    anonymous: Api, ticket: FakeTicket
) -> None:
    assert anonymous.get(EVENT).json() == ticket.event
    assert anonymous.get(f"{EVENT}/seats").json()["items"] == list(ticket.seats.values())


def test_one_answer_serves_many_for_a_moment(anonymous: Api, ticket: FakeTicket) -> None:
    for _ in range(5):
        anonymous.get("/events")
        anonymous.get(f"{EVENT}/seats?status=OPEN")
    assert len(ticket.calls("GET", "/api/v1/events")) == 1
    assert len(ticket.calls("GET", ".*/seats")) == 1


def test_queries_are_passed_on_and_cached_apart(anonymous: Api, ticket: FakeTicket) -> None:
    anonymous.get("/events?search=gamelan&ordering=-starts_at&limit=5&cursor=abc&colour=red")
    anonymous.get("/events")
    first, second = ticket.calls("GET", "/api/v1/events")
    assert first.query == {"search": "gamelan", "ordering": "-starts_at", "limit": "5", "cursor": "abc"}
    assert second.query == {}
    ticket.seats[SEATS[0]]["status"] = "BOOKED"
    assert [seat["id"] for seat in anonymous.get(f"{EVENT}/seats?status=BOOKED").json()["items"]] == [SEATS[0]]


def test_what_the_caller_has_already_is_not_sent_again(anonymous: Api, ticket: FakeTicket) -> None:
    etag = anonymous.get(f"{EVENT}/seats")["ETag"]
    response = anonymous.get(f"{EVENT}/seats", **{"If-None-Match": etag})
    assert (response.status_code, response.content) == (304, b"")
    ticket.seats[SEATS[0]]["status"] = "BOOKED"
    from client.catalog.selectors import pages

    pages.clear()
    assert anonymous.get(f"{EVENT}/seats", **{"If-None-Match": etag}).status_code == 200


def test_many_at_once_ask_ticket_once(ticket: FakeTicket) -> None:
    from client.catalog.selectors import event_page

    release, results = threading.Event(), []

    def slow(seen: ReceivedRequest) -> Answer:
        release.wait(5)
        return Answer(200, {"items": [ticket.event], "next_cursor": None})

    ticket.script("GET", "/api/v1/events", slow, broken(500))
    threads = [threading.Thread(target=lambda: results.append(event_page(query={}))) for _ in range(8)]
    for thread in threads:
        thread.start()
    release.set()
    for thread in threads:
        thread.join(timeout=stretched(10))
    assert len({page.etag for page in results}) == 1
    assert len(results) == 8
    assert len(ticket.calls("GET", "/api/v1/events")) == 1


def test_tickets_problems_are_passed_on_and_not_remembered(anonymous: Api, ticket: FakeTicket) -> None:
    path = f"/events/{uuid4()}"
    ticket.script("GET", f"/api/v1{path}", problem("event-not-found", 404), problem("event-not-found", 404))
    for _ in range(2):
        assert assert_problem(anonymous.get(path), 404, "event-not-found")["instance"] == f"/api/v1{path}"
    assert len(ticket.calls("GET", f"/api/v1{path}")) == 2


@pytest.mark.parametrize(
    "answer",
    [broken(500, b"oops"), broken(200, b"oops"), broken(200, {"items": [{"id": 1}]}), problem("unauthenticated", 401)],
)
def test_an_unusable_answer_is_ticket_unavailable(anonymous: Api, ticket: FakeTicket, answer: Answer) -> None:
    ticket.script("GET", "/api/v1/events", answer)
    assert_problem(anonymous.get("/events"), 503, "ticket-unavailable")


def test_a_read_survives_one_broken_connection_and_not_two(anonymous: Api, ticket: FakeTicket) -> None:
    ticket.script("GET", "/api/v1/events", Answer(0, drop=True))
    assert anonymous.get("/events").status_code == 200
    ticket.down = True
    assert_problem(anonymous.get("/events?search=x"), 503, "ticket-unavailable")


CHANGES: list[tuple[str, str, Any, int]] = [
    ("POST", "/events", {"name": "Konser", "venue": "Balai"}, 201),
    ("PATCH", EVENT, {"name": "Konser"}, 200),
    ("DELETE", EVENT, None, 204),
    ("POST", f"{EVENT}/seats", [{"section": "A", "row": "1", "number": 1, "price": 1}], 201),
    ("POST", f"{EVENT}/seats", {"section": "A", "rows": 2, "seats_per_row": 2, "price": 1}, 201),
    ("PATCH", f"{EVENT}/seats/{SEATS[0]}", {"price": 5}, 200),
    ("DELETE", f"{EVENT}/seats/{SEATS[0]}", None, 204),
    ("POST", f"{EVENT}/close-sales", None, 200),
    ("POST", f"{EVENT}/cancel", {"reason": "Rain"}, 202),
    ("GET", f"{EVENT}/operations", None, 200),
    ("GET", f"{EVENT}/waitlist", None, 200),
    ("GET", "/organizers", None, 200),
    ("POST", "/organizers", {"slug": "y", "name": "Y", "base_url": "http://y"}, 201),
    ("GET", "/organizers/x", None, 200),
    ("PATCH", "/organizers/x", {"name": "X"}, 200),
    ("DELETE", "/organizers/x", None, 409),
]


@pytest.mark.parametrize(("method", "path", "body", "status"), CHANGES)
def test_staff_change_the_catalogue(
    staff: Api, ticket: FakeTicket, method: str, path: str, body: Any, status: int
) -> None:
    response = staff.call(method, path, body)
    assert response.status_code == status, response.content
    (seen,) = ticket.calls(method, f"/api/v1{path}")
    assert body is None or seen.body == body


@pytest.mark.parametrize(("method", "path", "body", "status"), CHANGES)
def test_nobody_else_does(
    ayu: Api, anonymous: Api, ticket: FakeTicket, method: str, path: str, body: Any, status: int
) -> None:
    assert_problem(ayu.call(method, path, body), 403, "forbidden")
    assert_problem(anonymous.call(method, path, body), 401, "unauthenticated")
    assert not ticket.requests


def test_tickets_validation_errors_reach_staff_with_their_fields(staff: Api) -> None:
    document = assert_problem(staff.post("/events", {"venue": "Balai"}), 422, "validation-error")
    assert document["errors"] == [{"field": "name", "code": "missing", "message": "Field required"}]


def test_a_change_is_seen_at_once(staff: Api, ticket: FakeTicket) -> None:
    staff.get(f"{EVENT}/seats")
    ticket.seats[SEATS[0]]["price"] = 1
    staff.patch(f"{EVENT}/seats/{SEATS[0]}", {"price": 1})
    assert staff.get(f"{EVENT}/seats").json()["items"][0]["price"] == 1


def test_a_list_of_seats_may_be_longer_than_other_bodies(staff: Api) -> None:
    seats = [{"section": "Balkon", "row": "A", "number": number, "price": 450000} for number in range(2000)]
    assert staff.post(f"{EVENT}/seats", seats).status_code == 201
    assert_problem(staff.post(f"{EVENT}/seats", b" " * (1024 * 1024 + 1)), 413, "body-too-large")
    assert_problem(staff.post("/events", b" " * (64 * 1024 + 1)), 413, "body-too-large")


def test_a_strange_organizer_reference_stays_inside_its_path(staff: Api, ticket: FakeTicket) -> None:
    assert_problem(staff.get("/organizers/..%2Fbookings"), 404, "not-found")
    assert not ticket.requests
