"""An ordinary request for a booking is carried out by two statements, every other by the general view.

The caller cannot tell which: the same input has the same answer and leaves the same rows.
"""

import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework_simplejwt.tokens import AccessToken

from client.accounts.models import User
from client.bookings.models import Booking
from client.edge.bookings import views
from client.edge.models import IdempotencyKey, ThrottleWindow
from client.notifications.models import Notification
from tests.api.conftest import SEATS, Api
from tests.fake_ticket import EVENT_ID, Answer, FakeTicket, ReceivedRequest, broken, problem
from tests.triggers import refusing_writes

PATH = "/api/v1/bookings"
KEY = {"Idempotency-Key": "key-1"}
BODY = {"event_id": EVENT_ID, "seat_ids": [SEATS[0]]}
NOW = "2026-11-23T10:00:30+00:00"
TIMES = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)")
HEADERS = ("Content-Type", "Retry-After", "WWW-Authenticate", "Idempotent-Replay")


@dataclass
class World:
    """A buyer and ticket, before a request."""

    buyer: Api
    other: Api
    ticket: FakeTicket
    setting: Callable[..., None]


Play = Callable[[World], list[Any]]
PLAYS: dict[str, Play] = {}


def play(make: Play) -> Play:
    PLAYS[make.__name__] = make
    return make


def once(name: str, body: Any = BODY, prepare: Callable[[World], Any] = lambda world: None, **headers: str) -> None:
    """Adds a play of one request, with a key and without."""
    PLAYS[name] = lambda world: [prepare(world), world.buyer.post("/bookings", body, **headers)][1:]
    PLAYS[f"{name}, with a key"] = lambda world: [
        prepare(world), *(world.buyer.post("/bookings", body, **KEY, **headers) for _ in range(2))
    ][1:]  # fmt: skip


def answers(*scripted: Answer) -> Callable[[World], None]:
    return lambda world: world.ticket.script("POST", PATH, *scripted)


def knows_the_seats(*scripted: Answer) -> Callable[[World], None]:
    """Ticket gives these answers, and this process has read event and seats before."""

    def prepare(world: World) -> None:
        world.buyer.get(f"/events/{EVENT_ID}")
        world.buyer.get(f"/events/{EVENT_ID}/seats")
        world.ticket.script("POST", PATH, *scripted)

    return prepare


def ticket_names_the_booking(world: World) -> None:
    def refuse(seen: ReceivedRequest) -> Answer:
        booking = world.ticket.booking(
            seen.body["booking_id"], seen.body["customer"], seen.body["seat_ids"], status="FAILED",
            failure_reason="ORGANIZER_DECLINED",
        )  # fmt: skip
        return problem("organizer-declined", 502, booking=booking, booking_id=booking["id"])

    world.ticket.script("POST", PATH, refuse)


def with_token(change: Callable[[AccessToken], object]) -> Callable[[World], None]:
    def prepare(world: World) -> None:
        token = AccessToken(world.buyer.access)  # type: ignore[arg-type]
        change(token)
        world.buyer.access = str(token)

    return prepare


def change_user(**fields: Any) -> Callable[[World], Any]:
    return lambda world: User.objects.filter(id=world.buyer.user.id).update(**fields)  # type: ignore[union-attr]


once("valid")
once("several seats", {"event_id": EVENT_ID, "seat_ids": SEATS[:10]})
once("ids in capitals", {"event_id": EVENT_ID.upper(), "seat_ids": [SEATS[0].upper()]})
once("ids without hyphens", {"event_id": EVENT_ID.replace("-", ""), "seat_ids": [SEATS[0]]})
once("an event that this process has read", prepare=knows_the_seats())
once("no seats", {"event_id": EVENT_ID, "seat_ids": []})
once("eleven seats", {"event_id": EVENT_ID, "seat_ids": SEATS[:11]})
once("a seat twice", {"event_id": EVENT_ID, "seat_ids": [SEATS[0], SEATS[0].upper()]})
once("seats as an object", {"event_id": EVENT_ID, "seat_ids": {SEATS[0]: 1}})
once("seats as a text", {"event_id": EVENT_ID, "seat_ids": SEATS[0]})
once("an id that is a number", {"event_id": 7, "seat_ids": [SEATS[0]]})
once("a field too many", BODY | {"colour": "red"})
once("a field too few", {"seat_ids": [SEATS[0]]})
once("a list", [BODY])
once("no body", None)
once("no JSON", b"{")
once("not a number", b'{"event_id": NaN, "seat_ids": []}')
once("no UTF-8", b'{"event_id": "\xff"}')
once("UTF-16", json.dumps(BODY).encode("utf-16"))
once("nested deeply", b'{"event_id": ' + b"[" * 5000)
once("another content type", content_type="text/plain")
once("a content type with a character set", content_type="application/json; charset=utf-8")
once("no content type", content_type="")
once("an unknown event", {"event_id": str(uuid4()), "seat_ids": [SEATS[0]]})
once("an unknown seat", {"event_id": EVENT_ID, "seat_ids": [str(uuid4())]})
once("no token", Authorization="")
once("a token that is none", Authorization="Bearer abc")
once("a token of another kind", Authorization="Basic abc")
once("a token that is not ASCII", Authorization="Bearer é")
once("a token of nobody", prepare=with_token(lambda token: token.payload.update(user_id=str(uuid4()))))
once("a token of no id", prepare=with_token(lambda token: token.payload.update(user_id="x")))
once("a token without a password", prepare=with_token(lambda token: token.payload.pop("hash_password")))
once("a token that has expired", prepare=with_token(lambda token: token.payload.update(exp=1)))
once("a token for refreshing", prepare=lambda world: setattr(world.buyer, "access", world.buyer.refresh))
once("a password that has changed", prepare=change_user(password="md5$another$1"))
once("an account that is closed", prepare=change_user(is_active=False))
once("a name of two lines", prepare=change_user(name="A\nB"))
once("throttled", prepare=lambda world: world.setting(throttle_booking="0/h"))
once("limited to one", prepare=lambda world: world.setting(throttle_booking="1/h"))
for type_, status in {
    "seat-unavailable": 409, "organizer-declined": 502, "organizer-unreachable": 503, "payment-unavailable": 503,
    "booking-abandoned": 409, "sale-not-open": 409, "too-many-unpaid-seats": 409, "request-in-progress": 409,
    "not-ready": 503, "forbidden": 403, "too-many-requests": 429, "internal-error": 500,
}.items():  # fmt: skip
    # The tests of ticket's contract look at these answers; here it does not matter whether ticket gives them.
    refusal = problem(type_, status)
    refusal.broken = True
    once(f"ticket: {type_}", prepare=answers(refusal))
    once(f"ticket: {type_}, of known seats", prepare=knows_the_seats(refusal))
once("ticket: failed, with the booking", prepare=ticket_names_the_booking)
once("ticket: lost", prepare=answers(Answer(0, drop=True)))
once("ticket: a gateway's error", prepare=answers(broken(502)))
once("ticket: no booking", prepare=answers(broken(201, {"id": "x"})))
once("ticket: away", prepare=lambda world: setattr(world.ticket, "down", True))
for key in ("", "x" * 256, "schlüssel"):
    PLAYS[f"the key {key[:9]!r}"] = lambda world, key=key: [world.buyer.book(0, **{"Idempotency-Key": key})]  # type: ignore[misc]


@play
def another_body_under_the_key(world: World) -> list[Any]:
    return [world.buyer.book(0, **KEY), world.buyer.book(1, **KEY)]


@play
def a_key_of_two_callers(world: World) -> list[Any]:
    return [world.buyer.book(0, **KEY), world.other.book(1, **KEY)]


@play
def a_key_whose_first_request_is_running(world: World) -> list[Any]:
    first = world.buyer.book(0, **KEY)
    IdempotencyKey.objects.update(status_code=None, body=None, claimed_at=timezone.now())
    return [first, world.buyer.book(0, **KEY)]


@play
def an_abandoned_key_is_taken_over(world: World) -> list[Any]:
    first = world.buyer.book(0, **KEY)
    Booking.objects.update(status="REQUESTED", version=0, next_check_at=timezone.now())
    IdempotencyKey.objects.update(status_code=None, body=None, claimed_at=timezone.now() - timedelta(minutes=2))
    return [first, world.buyer.book(0, **KEY)]


@play
def an_abandoned_key_of_a_request_that_was_not_stored(world: World) -> list[Any]:
    first = world.buyer.book(0, **KEY)
    Notification.objects.all().delete()
    Booking.objects.all().delete()
    IdempotencyKey.objects.update(status_code=None, body=None, claimed_at=timezone.now() - timedelta(minutes=2))
    return [first, world.buyer.book(1, **KEY), world.buyer.book(0, **KEY)]


@play
def a_key_of_yesterday(world: World) -> list[Any]:
    first = world.buyer.book(0, **KEY)
    IdempotencyKey.objects.update(created_at=timezone.now() - timedelta(hours=25))
    return [first, world.buyer.book(1, **KEY)]


@play
def a_webhook_that_is_faster_than_the_answer(world: World) -> list[Any]:
    from client.bookings.mirror import Source, booking_mirror
    from client.ticket_api.models import TicketBooking

    def answer_late(seen: ReceivedRequest) -> Answer:
        body = seen.body
        booking = world.ticket.booking(body["booking_id"], body["customer"], body["seat_ids"], version=5)
        booking_mirror(snapshot=TicketBooking.model_validate(booking), source=Source.WEBHOOK, message_id="m")
        connection.close()
        return Answer(201, booking | {"version": 2})

    world.ticket.script("POST", PATH, answer_late)
    return [world.buyer.book(0, **KEY), world.buyer.book(0, **KEY)]


@play
def a_refusal_of_a_booking_that_a_webhook_has_told_of(world: World) -> list[Any]:
    from client.bookings.mirror import Source, booking_mirror
    from client.ticket_api.models import TicketBooking

    def refuse_late(seen: ReceivedRequest) -> Answer:
        body = seen.body
        booking = world.ticket.booking(
            body["booking_id"], body["customer"], body["seat_ids"], version=5, status="FAILED",
            failure_reason="ORGANIZER_DECLINED",
        )  # fmt: skip
        booking_mirror(snapshot=TicketBooking.model_validate(booking), source=Source.WEBHOOK, message_id="m")
        connection.close()
        return problem("organizer-declined", 502)

    knows_the_seats()(world)
    world.ticket.script("POST", PATH, refuse_late)
    return [world.buyer.book(0, **KEY), world.buyer.book(0, **KEY)]


def refused_rows(table: str, event: str, *, refusal: Answer | None = None) -> Play:
    def run(world: World) -> list[Any]:
        knows_the_seats(*([refusal] if refusal else []))(world)
        with refusing_writes(table, sqlstate="22001", event=event):
            return [world.buyer.book(0, **KEY)]

    return run


PLAYS["a notification that cannot be stored"] = refused_rows("notifications_notification", "INSERT")
PLAYS["a notification of a refusal that cannot be stored"] = refused_rows(
    "notifications_notification", "INSERT", refusal=problem("seat-unavailable", 409)
)
PLAYS["a booking that cannot be stored"] = refused_rows("bookings_booking", "INSERT")
PLAYS["a booking that cannot be changed"] = refused_rows("bookings_booking", "UPDATE")
PLAYS["a count that cannot be stored"] = refused_rows("api_throttlewindow", "INSERT")
PLAYS["a key that cannot be claimed"] = refused_rows("api_idempotencykey", "INSERT")
REFUSED_AT_ONCE = ("a booking that cannot be stored", "a key that cannot be claimed")


class Names:
    """Gives each id and each moment a name in the order of its appearance, so that two runs can be compared."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}

    def of(self, value: Any) -> Any:
        text = json.dumps(value, default=str, sort_keys=True)
        text = TIMES.sub("moment", re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)?\+00:00", "moment", text))
        text = re.sub(r"\b[0-9a-f]{32}\b", "id of the request", text)
        text = re.sub(r"00-id of the request-[0-9a-f]{16}-\d\d", "trace", text)
        uuids = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
        return json.loads(re.sub(uuids, lambda found: self._names.setdefault(found[0], f"id-{len(self._names)}"), text))


def left(world: World, answered: list[Any]) -> dict[str, Any]:
    """Returns everything that a play has left: answers, rows, and what ticket was asked."""
    names = Names()
    for known in (str(world.buyer.user.id), str(world.other.user.id), EVENT_ID, *SEATS):  # type: ignore[union-attr]
        names.of(known)
    keys: list[dict[str, Any]] = list(IdempotencyKey.objects.order_by("created_at", "claimed_at").values())  # type: ignore[arg-type]
    for key in keys:
        key.update(body=json.loads(key["body"]) if key["body"] else None, is_released=key["claimed_at"].year == 1970)
        key.pop("fingerprint")
        assert UUID(str(key["id"]))
    return {
        "answers": [
            names.of([each.status_code, {name: each.get(name) for name in HEADERS}, json.loads(each.content)])
            for each in answered
        ],
        "bookings": names.of(list(Booking.objects.order_by("created_at").values())),
        "notifications": names.of(list(Notification.objects.order_by("created_at").values())),
        "keys": names.of(keys),
        "throttles": sorted(ThrottleWindow.objects.values_list("key", "count")),
        "ticket": names.of([[each.method, each.path, each.body] for each in world.ticket.requests]),
    }


@pytest.mark.parametrize("name", PLAYS)
def test_both_ways_answer_and_store_the_same(
    name: str, sign_up: Callable[..., Api], ticket: FakeTicket, setting: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    from client.catalog import descriptions
    from client.catalog.selectors import pages

    def run(buyer: str) -> dict[str, Any]:
        ticket.reset()
        pages.clear()
        descriptions.clear_descriptions()
        setting(throttle_booking="1000/h")
        world = World(sign_up(buyer), sign_up(f"other{buyer}"), ticket, setting)
        with time_machine.travel(NOW, tick=False) if "limit" in name else time_machine.travel(NOW):
            for api in (world.buyer, world.other):
                assert api.user
                api.access = str(AccessToken.for_user(api.user))
            return blurred(left(world, PLAYS[name](world)), world)

    ordinarily = run("ayu")
    for model in (IdempotencyKey, ThrottleWindow, Notification, Booking, User):
        model._default_manager.all().delete()
    with monkeypatch.context() as patch:
        patch.setattr(views, "book_ordinarily", lambda request: None)
        generally = run("ayu")
    descriptions.clear_descriptions()
    if name in REFUSED_AT_ONCE:
        # One statement stores all or nothing; the general view has counted the request before.
        for state in (ordinarily, generally):
            del state["throttles"], state["keys"]
    assert ordinarily == generally


def blurred(state: dict[str, Any], world: World) -> dict[str, Any]:
    """Counts callers by who they are, not by their ids."""
    callers = {
        hashlib.sha256(str(api.user.id).encode()).hexdigest(): name  # type: ignore[union-attr]
        for name, api in (("buyer", world.buyer), ("other", world.other))
    }
    state["throttles"] = sorted((callers[key.removeprefix("booking:")], count) for key, count in state["throttles"])
    return state


def test_an_ordinary_booking_takes_one_statement_before_ticket_and_one_after(ayu: Api, ticket: FakeTicket) -> None:
    with CaptureQueriesContext(connection) as asked:
        assert ayu.book(0, **KEY).status_code == 201
    assert len(asked) == 2
    knows_the_seats(problem("seat-unavailable", 409))(World(ayu, ayu, ticket, lambda **_: None))
    with CaptureQueriesContext(connection) as asked:
        assert ayu.book(1).status_code == 409
    assert len(asked) == 2


from tests.api.test_pool import pool  # noqa


@pytest.fixture(autouse=True)
def pooled(pool):
    yield
