"""Every request has a lane, and a full lane or a full share of it refuses at once."""

from collections.abc import Iterator

import pytest
from django.urls import URLPattern, URLResolver, get_resolver

from client.catalog import descriptions
from client.edge.lane_of import BY_ROUTE, lane_of, lane_of_path, share_of
from client.edge.lanes import DATABASE_PARTS, Lane, LaneName, database_shares, lanes
from config.env import environment

EVENT_ID = "c3a1de90-5b0a-4d0f-9e0b-3a9c1f7be201"


def routes(patterns: list[URLPattern | URLResolver], prefix: str = "") -> Iterator[str]:
    for each in patterns:
        route = prefix + str(each.pattern).lstrip("^")
        if isinstance(each, URLResolver):
            yield from routes(each.url_patterns, route)
        else:
            yield route


def test_every_route_has_a_lane_and_every_lane_a_route() -> None:
    found = [route for route in routes(get_resolver().url_patterns) if not route.startswith("admin/")]
    used = {lane_of(route, method) for route in [*found, "admin/", "admin/login/"] for method in ("GET", "POST")}
    assert used == set(LaneName) == set(lanes()) == set(DATABASE_PARTS)
    assert set(BY_ROUTE) - {"admin/login/"} == set(found)


@pytest.mark.parametrize(("method", "route", "lane"), [
    ("GET", "healthz", LaneName.HEALTH), ("POST", "webhooks/ticket", LaneName.WEBHOOKS),
    ("GET", "api/v1/events", LaneName.TICKET_READS), ("POST", "api/v1/events", LaneName.STAFF),
    ("GET", "api/v1/bookings", LaneName.READS), ("HEAD", "api/v1/bookings", LaneName.READS),
    ("POST", "api/v1/bookings", LaneName.BOOKINGS), ("DELETE", "api/v1/waitlist/<uuid:entry_id>", LaneName.BOOKINGS),
    ("POST", "admin/login/", LaneName.SIGN_IN), ("GET", "admin/bookings/booking/", LaneName.STAFF),
])  # fmt: skip
def test_the_lane_follows_from_route_and_method(method: str, route: str, lane: LaneName) -> None:
    assert lane_of(route, method) == lane


@pytest.mark.parametrize(("method", "path", "lane"), [
    ("POST", "/api/v1/bookings", LaneName.BOOKINGS), ("POST", f"/api/v1/bookings/{EVENT_ID}/cancel", LaneName.BOOKINGS),
    ("DELETE", f"/api/v1/waitlist/{EVENT_ID}", LaneName.BOOKINGS), ("GET", "/admin/bookings/booking/", LaneName.STAFF),
    ("GET", f"/api/v1/events/{EVENT_ID}/seats", LaneName.TICKET_READS), ("GET", "/api/v1/nothing", None),
    ("GET", "", None),
])  # fmt: skip
def test_the_lane_is_known_before_the_path_is_resolved(method: str, path: str, lane: LaneName | None) -> None:
    assert lane_of_path(path, method) == lane


def test_a_lane_has_so_many_places_and_gets_them_back() -> None:
    lane = Lane(LaneName.READS, places=2)
    assert [lane.enter() for _ in range(3)] == [True, True, False]
    lane.leave()
    assert [lane.enter() for _ in range(2)] == [True, False]


def test_all_shares_together_have_no_more_places_than_the_lane() -> None:
    lane = Lane(LaneName.READS, places=2)
    assert [lane.enter(each) for each in ("x", "y", "z")] == [True, True, False]


def test_the_bookings_of_one_organizer_leave_half_of_their_lane_to_the_others() -> None:
    bookings, places = lanes()[LaneName.BOOKINGS], environment().lane_bookings
    taken = [share for share in ["x"] * places + ["y"] * places if bookings.enter(share)]
    for share in taken:
        bookings.leave(share)
    assert taken == ["x"] * (places // 2) + ["y"] * (places // 2)


def test_one_organizer_has_at_most_its_part_of_a_lane() -> None:
    lane = Lane(LaneName.BOOKINGS, places=4, places_per_share=2)
    assert [lane.enter("x") for _ in range(3)] == [True, True, False]
    assert [lane.enter(each) for each in ("y", "z", "w")] == [True, True, False]
    lane.leave("x")
    assert [lane.enter("x") for _ in range(2)] == [True, False]


def test_the_server_is_told_before_that_a_share_would_be_refused_and_another_would_not() -> None:
    lane = Lane(LaneName.BOOKINGS, places=4, places_per_share=2)
    assert [lane.enter("x") for _ in range(2)] == [True, True]
    assert [lane.refuses(lambda each=each: each) for each in ("x", "y")] == [True, False]  # type: ignore[misc]
    assert lane.enter("y")
    assert [lane.refuses(lambda each=each: each) for each in ("x", "y")] == [True, False]  # type: ignore[misc]


def unread() -> str:
    raise AssertionError("the body is read for nothing")


def test_whose_share_a_request_has_is_asked_only_where_it_matters() -> None:
    lane = Lane(LaneName.BOOKINGS, places=2, places_per_share=1)
    assert (lane.may_refuse(), lane.refuses(unread)) == (False, False)
    assert [lane.enter(each) for each in ("x", "y")] == [True, True]
    assert (lane.may_refuse(), lane.refuses(unread)) == (True, True)


@pytest.mark.parametrize(("connections", "smallest"), [(10, 1), (20, 1), (100, 5)])
def test_each_lane_has_database_connections_of_its_own(connections: int, smallest: int) -> None:
    shares = database_shares(connections)
    assert set(shares) == set(LaneName)
    assert sum(shares.values()) <= connections
    assert min(shares.values()) == smallest


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"event_id": 7}', b'{"event_id": "x"}', b"[" * 100_000])
def test_a_request_that_names_no_event_has_the_share_of_all_such_requests(body: bytes) -> None:
    assert share_of(LaneName.BOOKINGS, lambda: body) == ""


def test_a_booking_shares_its_lane_with_those_of_its_organizer_if_the_event_is_known(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    body = b'{"event_id": "%s"}' % EVENT_ID.encode()
    assert share_of(LaneName.BOOKINGS, lambda: body) == EVENT_ID
    monkeypatch.setattr(descriptions, "organizer_of", lambda event_id: "x")
    assert share_of(LaneName.BOOKINGS, lambda: body) == "x"
    assert share_of(LaneName.READS, lambda: body) == ""
