"""A booking from beginning to end with the longest accepted text in every field (contracts/text.json).

The length of a text prevents neither a change of state nor a notification.
"""

import hashlib
import json
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.core import mail
from django.db import connection
from django.utils import timezone

from client.accounts.models import User
from client.bookings.models import Booking
from client.notifications.kinds import NotificationKind
from client.notifications.models import Notification
from client.waitlist.models import WaitlistEntry
from client.worker.emails import emails_send_due
from client.worker.reconcile import reconcile_due
from tests.api.conftest import SEATS, Api, assert_problem
from tests.fake_ticket import PDF, FakeTicket, broken, document, problem
from tests.ticket_contract import CONTRACTS

Deliver = Callable[..., Any]
FIELDS = json.loads((CONTRACTS / "text.json").read_text())["fields"]
DOCUMENT = document(hashlib.sha256(PDF).hexdigest())
# Letters of one, two and four bytes in UTF-8. No text has a place where a line may be folded.
LETTERS = ["x", "é", "🎻"]


def longest(field: str, letter: str) -> str:
    return letter * int(FIELDS[field]["max_length"])


@pytest.fixture(params=LETTERS, ids=["ascii", "accents", "emoji"])
def letter(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def sent_mails(settings: Any) -> list[Any]:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    mail.outbox = []
    return mail.outbox


@pytest.fixture
def buyer_with_longest_name(ayu: Api, letter: str) -> Api:
    assert ayu.user
    domain = "@" + ".".join(["d" * 61] * 3) + ".com"
    email = "e" * (FIELDS["customer.email"]["max_length"] - len(domain)) + domain
    assert ayu.patch("/users/me", {"name": longest("user.name", letter), "email": email}).status_code == 200
    ayu.user = User.objects.get()
    return ayu


@pytest.fixture
def ticket(ticket: FakeTicket, letter: str) -> FakeTicket:
    """The fake with the longest names of its event and seats."""
    ticket.names = {"name": longest("event.name", letter), "venue": longest("event.venue", letter)}
    for seat in ticket.seats.values():
        seat |= {"section": longest("seat.section", letter), "row": longest("seat.row", letter)}
    return ticket


def book_ten(buyer_with_longest_name: Api) -> Any:
    return buyer_with_longest_name.book(*range(10), **{"Idempotency-Key": "k"})


def require_notification(kind: NotificationKind, letter: str) -> Notification:
    """Returns the only notification of this kind, after checking that it has the full names."""
    (notification,) = Notification.objects.filter(kind=kind)
    named = notification.body if kind.startswith("WAITLIST_") and kind != "WAITLIST_OFFER" else notification.title
    assert longest("event.name", letter) in named
    assert longest("seat.section", letter) in notification.body
    return notification


CHANGES: list[tuple[NotificationKind, dict[str, Any]]] = [
    (NotificationKind.BOOKING_CONFIRMED, {"status": "BOOKED", "document": DOCUMENT}),
    (NotificationKind.BOOKING_FAILED, {"status": "FAILED", "failure_reason": "PAYMENT_FAILED"}),
    (NotificationKind.BOOKING_EXPIRED, {"status": "EXPIRED"}),
    (NotificationKind.BOOKING_CANCELLED, {"status": "CANCELLED", "cancel_reason": "STAFF", "refund_status": "PENDING"}),
    (NotificationKind.BOOKING_REFUNDED, {"status": "CANCELLED", "cancel_reason": "BUYER", "refund_status": "REFUNDED"}),
]


def test_a_hold_is_answered_mirrored_and_notified(
    buyer_with_longest_name: Api, ticket: FakeTicket, letter: str
) -> None:
    response = book_ten(buyer_with_longest_name)
    assert response.status_code == 201, response.content
    booking = response.json()
    assert (booking["status"], booking["event"]["name"]) == ("AWAITING_PAYMENT", longest("event.name", letter))
    assert book_ten(buyer_with_longest_name).json() == booking
    require_notification(NotificationKind.BOOKING_HELD, letter)


@pytest.mark.parametrize(("kind", "change"), CHANGES, ids=[kind for kind, _ in CHANGES])
@pytest.mark.parametrize("way", ["webhook", "refresh", "reconciler"])
def test_every_state_is_applied_notified_and_mailed(
    buyer_with_longest_name: Api, ticket: FakeTicket, deliver: Deliver, sent_mails: list[Any], letter: str,
    way: str, kind: NotificationKind, change: dict[str, Any],
) -> None:  # fmt: skip
    booking_id = book_ten(buyer_with_longest_name).json()["id"]
    ticket.bookings[booking_id] |= {"version": 3} | change
    if way == "webhook":
        assert deliver("booking.updated", ticket.bookings[booking_id]).json() == {"outcome": "applied"}
    elif way == "refresh":
        assert buyer_with_longest_name.post(f"/bookings/{booking_id}/refresh").status_code == 200
    else:
        Booking.objects.update(next_check_at=timezone.now())
        assert reconcile_due() == 1
    assert Booking.objects.get().status == change["status"]
    notification = require_notification(kind, letter)
    # A cancellation that is refunded already is two messages.
    assert emails_send_due() == 1 + (kind == NotificationKind.BOOKING_REFUNDED)
    (sent,) = (each for each in sent_mails if each.extra_headers["X-Notification-ID"] == str(notification.id))
    assert buyer_with_longest_name.user
    assert (sent.subject, sent.to) == (notification.title, [buyer_with_longest_name.user.email])
    assert longest("user.name", letter) in sent.body
    assert [attachment[1] for attachment in sent.attachments] == ([PDF] if kind == "BOOKING_CONFIRMED" else [])
    # The message as it is sent (RFC 5322, section 2.1.1: no line over 998 characters).
    assert max(map(len, sent.message().as_bytes(linesep="\r\n").splitlines())) <= 998


def test_an_offer_is_stored_notified_and_mailed(
    buyer_with_longest_name: Api, ticket: FakeTicket, deliver: Deliver, sent_mails: list[Any], letter: str
) -> None:
    offer = ticket.booking(
        str(uuid4()), buyer_with_longest_name.customer, SEATS[:1], origin="WAITLIST", waitlist_entry_id=str(uuid4())
    )
    assert deliver("booking.updated", offer).json() == {"outcome": "applied"}
    assert Booking.objects.get().status == "AWAITING_PAYMENT"
    require_notification(NotificationKind.WAITLIST_OFFER, letter)
    assert emails_send_due() == 1
    assert offer["payment_url"] in sent_mails[0].body


def test_a_cancellation_is_answered(buyer_with_longest_name: Api, ticket: FakeTicket, letter: str) -> None:
    booking_id = book_ten(buyer_with_longest_name).json()["id"]
    assert buyer_with_longest_name.post(f"/bookings/{booking_id}/cancel").json()["status"] == "CANCELLED"
    require_notification(NotificationKind.BOOKING_CANCELLED, letter)


def test_a_refused_attempt_is_in_the_history(buyer_with_longest_name: Api, ticket: FakeTicket, letter: str) -> None:
    ticket.script("POST", "/api/v1/bookings", problem("seat-unavailable", 409))
    assert_problem(book_ten(buyer_with_longest_name), 409, "seat-unavailable")
    assert Booking.objects.get().event["name"] == longest("event.name", letter)
    require_notification(NotificationKind.BOOKING_FAILED, letter)


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        (NotificationKind.WAITLIST_JOINED, {"position": 2**31 - 1}),
        (NotificationKind.WAITLIST_LAPSED, {"status": "LAPSED", "position": None, "booking_id": str(uuid4())}),
        (NotificationKind.WAITLIST_CLOSED, {"status": "LAPSED", "position": None}),
        (NotificationKind.WAITLIST_CLOSED, {"status": "LEFT", "position": None}),
    ],
    ids=["joined", "lapsed", "closed", "left"],
)
def test_every_state_of_a_waitlist_entry_is_applied_and_notified(
    buyer_with_longest_name: Api,
    ticket: FakeTicket,
    deliver: Deliver,
    letter: str,
    kind: NotificationKind,
    change: dict[str, Any],
) -> None:
    ticket.seats[SEATS[0]]["status"] = "BOOKED"
    entry = buyer_with_longest_name.post("/waitlist", {"seat_id": SEATS[0]}).json()
    Notification.objects.all().delete()
    assert deliver(
        "waitlist.updated", entry | {"customer": buyer_with_longest_name.customer, "version": 2} | change
    ).json() == {"outcome": "applied"}
    assert WaitlistEntry.objects.get().status == change.get("status", "WAITING")
    require_notification(kind, letter)


def test_the_timeline_and_the_lists_show_them(buyer_with_longest_name: Api, ticket: FakeTicket, letter: str) -> None:
    booking_id = book_ten(buyer_with_longest_name).json()["id"]
    steps = buyer_with_longest_name.get(f"/bookings/{booking_id}/timeline").json()["items"]
    assert any(longest("event.name", letter) in (step["detail"] or "") for step in steps)
    assert buyer_with_longest_name.get("/bookings").json()["items"][0]["event"]["venue"] == longest(
        "event.venue", letter
    )
    assert longest("event.name", letter) in buyer_with_longest_name.get("/notifications").json()["items"][0]["title"]


def test_long_texts_of_ticket_itself_are_stored_whole(
    buyer_with_longest_name: Api, ticket: FakeTicket, deliver: Deliver
) -> None:
    """The contract leaves the length of these texts open."""
    snapshot = ticket.bookings[book_ten(buyer_with_longest_name).json()["id"]]
    snapshot |= {"version": 3, "invoice_number": "I" * 500, "payment_url": f"https://pay.example/{'p' * 3000}"}
    snapshot |= {"document": {"kind": "NOTICE", "sha256": "f" * 128}, "currency": "RUPIAH"}
    assert deliver("booking.updated", snapshot).json() == {"outcome": "applied"}
    assert Booking.objects.get().invoice_number == "I" * 500


def test_a_refusal_of_any_length_is_recorded(buyer_with_longest_name: Api, ticket: FakeTicket) -> None:
    refusal = problem("organizer-declined", 502, detail="d\x00" * 5000)
    ticket.script("POST", "/api/v1/bookings", refusal)
    assert_problem(book_ten(buyer_with_longest_name), 502, "organizer-declined")
    assert assert_problem(book_ten(buyer_with_longest_name), 502, "organizer-declined")


def test_an_answer_with_any_character_is_remembered(
    buyer_with_longest_name: Api, ticket: FakeTicket, wrong_problems: list[str]
) -> None:
    errors = [{"field": "seat_ids", "code": "x", "message": "\x00 \ud83c is no text"}]
    body = json.dumps({"type": "sale-closed", "status": 409, "errors": errors, "said": "\x00"}).replace("\\ud83c", "?")
    ticket.script("POST", "/api/v1/bookings", broken(409, body.encode(), problem=True))
    first = assert_problem(book_ten(buyer_with_longest_name), 409, "sale-closed")
    assert assert_problem(book_ten(buyer_with_longest_name), 409, "sale-closed") == first
    assert first["said"] == "\x00"
    # The client passes on what ticket never says.
    assert wrong_problems
    wrong_problems.clear()


@pytest.mark.parametrize(
    "change",
    [
        {"version": 2**63}, {"amount": 2**63}, {"amount": -1}, {"hold_expires_at": "9999-12-31T23:59:59Z"},
        {"hold_expires_at": "2027-01-01T10:00:00"}, {"created_at": "0001-01-01T00:00:00+23:59"},
    ],
    ids=str,
)  # fmt: skip
def test_a_number_or_a_time_that_no_column_takes_is_unreadable(
    buyer_with_longest_name: Api, ticket: FakeTicket, deliver: Deliver, change: dict[str, Any]
) -> None:
    snapshot = ticket.bookings[book_ten(buyer_with_longest_name).json()["id"]]
    assert_problem(deliver("booking.updated", snapshot | {"version": 3} | change), 422, "validation-error")
    entry = ticket.entry(SEATS[0], buyer_with_longest_name.customer, position=2**31)
    assert_problem(deliver("waitlist.updated", entry), 422, "validation-error")


CLOSED = {
    ("accounts_user", "password"), ("accounts_user", "name"), ("accounts_user", "email"),
    ("api_idempotencykey", "caller"), ("api_idempotencykey", "key"), ("api_idempotencykey", "fingerprint"),
    ("api_throttlewindow", "key"), ("api_knownaddress", "key"),
    ("integrations_inboxmessage", "id"), ("integrations_inboxmessage", "type"),
    ("integrations_inboxmessage", "outcome"),
    ("notifications_notification", "cause"), ("notifications_notification", "kind"),
    ("notifications_notification", "email_state"),
    ("bookings_booking", "status"), ("bookings_booking", "failure_reason"), ("bookings_booking", "cancel_reason"),
    ("bookings_booking", "origin"), ("bookings_booking", "refund_status"), ("bookings_booking", "document_kind"),
    ("bookings_bookingchange", "actor"), ("bookings_bookingchange", "action"),
    ("bookings_bookingchange", "from_status"), ("bookings_bookingchange", "to_status"),
    ("waitlist_waitlistentry", "status"),
}  # fmt: skip
"""The columns with a limit hold a word of a closed set, an id, a hash, or a text whose length is checked on arrival."""


def test_no_other_column_has_a_limit() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT table_name, column_name FROM information_schema.columns
            WHERE table_schema = 'public' AND character_maximum_length IS NOT NULL
              AND table_name ~ '^(accounts|api|bookings|integrations|notifications|waitlist)_'
            """
        )
        assert set(cursor.fetchall()) == CLOSED
