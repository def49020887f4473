"""A batch of webhooks (docs/adr/0031): each event is applied for itself, and has an answer of its own."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from prometheus_client import REGISTRY

from client.bookings.models import Booking
from client.notifications.models import Notification
from client.webhooks import batch, inbox
from client.webhooks.models import InboxMessage
from tests.api.conftest import SEATS, Api, assert_problem, history, send_raw
from tests.fake_ticket import FakeTicket, document
from tests.triggers import refusing_writes

ENVELOPES = json.loads((Path(__file__).parents[3] / "contracts/webhooks/batches.json").read_text())["envelopes"]
AT = "2026-11-23T10:00:00Z"
BOOKED = {"status": "BOOKED", "version": 3}
WITH_DOCUMENT = {"status": "BOOKED", "version": 4, "document": document("a" * 64)}


def item(data: Any, type_: Any = "booking.updated", **members: Any) -> dict[str, Any]:
    return {
        "id": str(uuid4()), "request_id": "of-the-buyer", "type": type_, "timestamp": AT, "data": data,
        "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    } | members  # fmt: skip


@pytest.fixture
def send(anonymous: Api) -> Callable[..., Any]:
    def send_batch(*items: Any, **members: Any) -> Any:
        body = {"type": "batch", "timestamp": AT, "data": {"items": items}} | members
        return send_raw(anonymous, json.dumps(body).encode())

    return send_batch


@pytest.fixture
def held(ayu: Api, ticket: FakeTicket) -> list[dict[str, Any]]:
    """Ticket's records of three bookings that await payment."""
    return [ticket.bookings[ayu.book(seat).json()["id"]] for seat in range(3)]


def statuses(response: Any) -> list[int]:
    assert response.status_code == 200, response.content
    return [each["status"] for each in response.json()["items"]]


def test_the_events_of_a_batch_are_applied_and_answered_by_their_ids(
    held: list[dict[str, Any]], send: Callable[..., Any]
) -> None:
    items = [item(booking | BOOKED) for booking in held]
    response = send(*items)
    assert response.json() == {"items": [{"id": each["id"], "status": 200} for each in items]}
    assert set(Booking.objects.values_list("status", flat=True)) == {"BOOKED"}
    confirmations = Notification.objects.filter(kind="BOOKING_CONFIRMED")
    assert set(confirmations.values_list("request_id", flat=True)) == {"of-the-buyer"}
    assert {each.traceparent.split("-")[1] for each in confirmations} == {"0af7651916cd43dd8448eb211c80319c"}
    assert {entry["message"] for entry in history(to_status="BOOKED")} == {each["id"] for each in items}


def test_an_event_that_came_alone_before_is_known_in_a_batch_and_the_other_way_round(
    held: list[dict[str, Any]], send: Callable[..., Any], deliver: Callable[..., Any]
) -> None:
    first, second = item(held[0] | BOOKED), item(held[1] | BOOKED)
    deliver("booking.updated", first["data"], message_id=first["id"])
    assert statuses(send(first, second)) == [200, 200]
    assert deliver("booking.updated", second["data"], message_id=second["id"]).json() == {"outcome": "duplicate"}
    assert len(history(to_status="BOOKED")) == 2


def test_two_events_of_one_booking_are_applied_in_their_order(
    held: list[dict[str, Any]], send: Callable[..., Any]
) -> None:
    assert statuses(send(item(held[0] | BOOKED), item(held[1] | BOOKED), item(held[0] | WITH_DOCUMENT))) == [200] * 3
    assert [entry["version"] for entry in Booking.objects.get(id=held[0]["id"]).history] == [4, 3, 2, 0]


def test_a_booking_that_ticket_has_made_and_its_next_event_may_be_in_one_batch(
    bima: Api, ticket: FakeTicket, send: Callable[..., Any]
) -> None:
    promoted = ticket.booking(
        str(uuid4()), bima.customer, SEATS[:1], origin="WAITLIST", version=1, status="HOLDING",
        waitlist_entry_id=str(uuid4()),
    )  # fmt: skip
    entry = ticket.entry(SEATS[1], bima.customer)
    later = promoted | {"version": 2, "status": "AWAITING_PAYMENT"}
    assert statuses(send(item(promoted), item(entry, "waitlist.updated"), item(later))) == [200] * 3
    assert Booking.objects.get().status == "AWAITING_PAYMENT"
    assert InboxMessage.objects.get().outcome == "applied"


def test_an_event_that_cannot_be_applied_stops_no_other(
    held: list[dict[str, Any]], ticket: FakeTicket, send: Callable[..., Any]
) -> None:
    stranger = {"id": str(uuid4()), "name": "Stranger", "email": "s@example.com"}
    unknown = ticket.booking(str(uuid4()), stranger, SEATS[3:4])
    items = [
        item(held[0] | BOOKED), item(held[1] | {"version": "x"}), item(unknown),
        item({"colour": "red"}, "seat.painted"), item(None, 7), item(held[2] | BOOKED),
    ]  # fmt: skip
    assert statuses(send(*items)) == [200, 422, 422, 200, 422, 200]
    assert Booking.objects.filter(status="BOOKED").count() == 2


@pytest.mark.parametrize(("sqlstate", "status"), [("22001", 500), ("55P03", 503)])
def test_an_event_that_the_database_refuses_undoes_no_other(
    held: list[dict[str, Any]], send: Callable[..., Any], sqlstate: str, status: int
) -> None:
    def applied() -> float:
        return REGISTRY.get_sample_value("client_booking_changes_total", {"to_status": "BOOKED"}) or 0.0

    before = applied()
    refused = f"NEW.id = '{held[1]['id']}'"
    with refusing_writes("bookings_booking", sqlstate=sqlstate, event="UPDATE", rows=refused):
        assert statuses(send(*(item(booking | BOOKED) for booking in held))) == [200, status, 200]
    assert Booking.objects.filter(status="BOOKED").count() == 2
    assert applied() == before + 2, "what was rolled back and applied again counts once"
    assert statuses(send(item(held[0] | BOOKED), item(held[1] | BOOKED))) == [200, 200]
    assert Booking.objects.filter(status="BOOKED").count() == 3


def test_a_notification_that_cannot_be_stored_costs_only_itself(
    held: list[dict[str, Any]], send: Callable[..., Any]
) -> None:
    refused = f"NEW.booking_id = '{held[1]['id']}'"
    with refusing_writes("notifications_notification", sqlstate="22001", event="INSERT", rows=refused):
        assert statuses(send(*(item(booking | BOOKED) for booking in held))) == [200] * 3
    assert Booking.objects.filter(status="BOOKED").count() == 3
    assert Notification.objects.filter(kind="BOOKING_CONFIRMED").count() == 2


def test_without_the_database_the_whole_batch_is_sent_again(
    held: list[dict[str, Any]], send: Callable[..., Any]
) -> None:
    with refusing_writes("bookings_booking", sqlstate="53100"):
        assert_problem(send(*(item(booking | BOOKED) for booking in held)), 503, "not-ready")
    assert not Booking.objects.filter(status="BOOKED").exists()


def test_batches_lock_bookings_in_one_order(
    held: list[dict[str, Any]], send: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two batches that have the same bookings in other orders would otherwise wait for each other."""
    locked: list[str] = []
    apply = inbox.booking_event_apply

    def watch(message_id: str, snapshot: Any) -> Any:
        locked.append(str(snapshot.id))
        return apply(message_id, snapshot)

    monkeypatch.setattr(batch, "booking_event_apply", watch)
    for order in (held, held[::-1]):
        locked.clear()
        send(*(item(booking | BOOKED) for booking in order))
        assert locked == sorted(locked)


def test_an_event_of_a_batch_costs_one_statement(held: list[dict[str, Any]], send: Callable[..., Any]) -> None:
    items = [item(booking | BOOKED) for booking in held]
    for _ in range(2):
        with CaptureQueriesContext(connection) as asked:
            send(*items)
        assert len([each for each in asked if "bookings_booking" in each["sql"]]) == len(items)


UNREADABLE: dict[str, Any] = {
    "no items": [], "too many": [item({}, "x") for _ in range(41)], "one id twice": [item({}, "x", id="1")] * 2,
    "no id": [{"type": "x"}], "a long id": [item({}, "x", id="x" * 256)], "no object": [7], "a batch of text": "xy",
}  # fmt: skip


@pytest.mark.parametrize("items", UNREADABLE.values(), ids=UNREADABLE)
def test_a_batch_that_is_none_is_422(send: Callable[..., Any], items: Any) -> None:
    assert_problem(send(data={"items": items}), 422, "validation-error")


def test_a_batch_in_a_batch_is_refused(send: Callable[..., Any]) -> None:
    assert statuses(send(item({"items": [item({}, "x")]}, "batch"))) == [422]


@pytest.mark.parametrize("envelope", ENVELOPES, ids=[envelope["name"] for envelope in ENVELOPES])
def test_the_envelopes_of_the_contract_are_accepted_and_refused(
    envelope: dict[str, Any], send: Callable[..., Any]
) -> None:
    response = send(data=envelope["data"])
    if envelope["expected"] == "accept":
        assert statuses(response) == [422] * len(envelope["data"]["items"]), "none of these items is an event"
    else:
        assert_problem(response, 422, "validation-error")


def test_what_ticket_has_answered_is_no_news_and_one_look_at_all_of_it_decides(
    held: list[dict[str, Any]], send: Callable[..., Any]
) -> None:
    with CaptureQueriesContext(connection) as queries:
        assert statuses(send(*(item(booking) for booking in held))) == [200] * 3
    assert len(queries) == 1
    assert [len(each.history) for each in Booking.objects.all()] == [2, 2, 2]


def test_a_message_id_that_postgresql_cannot_read_stops_no_other_event(
    held: list[dict[str, Any]], send: Callable[..., Any]
) -> None:
    assert statuses(send(item(held[0], id="a\0b"), item(held[1]))) == [500, 200]
