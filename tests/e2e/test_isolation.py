"""Users see what is theirs; what makes no sense is refused and changes nothing."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from tests.support.http import HttpApi, ProblemError, fetch
from tests.support.world import World


def test_nobody_reaches_another_ones_booking_but_staff(world: World) -> None:
    owner, stranger, staff = world.buyer(), world.buyer("Bima Putra"), world.staff()
    booking = world.book(owner)
    for look in (stranger.booking, stranger.refresh, stranger.cancel, stranger.ticket, stranger.timeline):
        with pytest.raises(ProblemError) as refused:
            look(booking.id)
        assert (refused.value.status, refused.value.type) == (404, "not-found")
    assert stranger.bookings() == []
    assert staff.booking(booking.id).id == booking.id
    assert owner.booking(booking.id).status == "AWAITING_PAYMENT"


def test_nobody_reaches_another_ones_place_in_a_queue(world: World) -> None:
    holder, waiter = world.buyer(), world.buyer("Bima Putra")
    world.book(holder)
    entry = waiter.join_queue(world.seats[0].id)
    for act in (holder.entry, holder.leave_queue):
        with pytest.raises(ProblemError) as refused:
            act(entry.id)
        assert refused.value.status == 404
    assert waiter.entry(entry.id).status == "WAITING"


@pytest.mark.parametrize(
    ("body", "status", "slugs"),
    [
        ({}, 422, {"validation-error"}),
        ({"event_id": "no", "seat_ids": ["no"]}, 422, {"validation-error"}),
        ({"event_id": "EVENT", "seat_ids": []}, 422, {"validation-error"}),
        ({"event_id": "EVENT", "seat_ids": ["SEAT", "SEAT"]}, 422, {"validation-error"}),
        ({"event_id": "EVENT", "seat_ids": ["MANY"]}, 422, {"validation-error"}),
        ({"event_id": "EVENT", "seat_ids": ["SEAT"], "price": 1}, 422, {"validation-error"}),
        ({"event_id": "EVENT", "seat_ids": "SEAT"}, 422, {"validation-error"}),
        ({"event_id": "UNKNOWN", "seat_ids": ["SEAT"]}, 404, {"event-not-found", "not-found"}),
        ({"event_id": "EVENT", "seat_ids": ["UNKNOWN"]}, 422, {"validation-error"}),
    ],
    ids=["nothing", "no ids", "no seats", "twice", "eleven", "unknown field", "no list", "no event", "no seat"],
)
def test_a_booking_that_makes_no_sense_is_refused(
    world: World, body: dict[str, Any], status: int, slugs: set[str]
) -> None:
    names = {"EVENT": world.event.id, "SEAT": world.seats[0].id, "UNKNOWN": str(uuid4())}

    def named(value: Any) -> Any:
        if value == ["MANY"]:
            return [seat.id for seat in world.seats[:11]]
        if isinstance(value, list):
            return [named(each) for each in value]
        return names.get(value, value)

    buyer = world.buyer()
    with pytest.raises(ProblemError) as refused:
        buyer.call("POST", "/api/v1/bookings", json={name: named(value) for name, value in body.items()})
    assert refused.value.status == status
    assert refused.value.type in slugs
    assert buyer.bookings() == []
    assert world.seat_status() == "OPEN"


@pytest.mark.parametrize("service", ["client_url", "ticket_url", "payment_url"])
def test_without_a_valid_key_no_service_answers(world: World, service: str) -> None:
    path = "/api/v1/invoices" if service == "payment_url" else "/api/v1/bookings"
    for token in (None, "wrong", "x" * 40, "eyJhbGciOiJub25lIn0.e30."):
        api = HttpApi(getattr(world.stack.environment, service), token)
        with pytest.raises(ProblemError) as refused:
            api.call("GET", path)
        assert (refused.value.status, refused.value.type) == (401, "unauthenticated")
        api.close()


@pytest.mark.parametrize("service", ["client_url", "ticket_url", "payment_url", "organizer_url"])
def test_every_service_tells_how_it_is_and_what_it_offers(world: World, service: str) -> None:
    url = getattr(world.stack.environment, service)
    for path in ("/healthz", "/readyz", "/metrics", "/openapi.json", "/docs"):
        assert fetch(f"{url}{path}").status_code == 200, path
