"""An item that fails does not stop the others, and a failed notification does not undo the change that it is about."""

import smtplib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from prometheus_client import REGISTRY

from client.bookings.models import Booking, BookingChange
from client.edge.models import IdempotencyKey, ThrottleWindow
from client.notifications.email_rows import MAX_ATTEMPTS, emails_due
from client.notifications.models import Notification
from client.ticket_api.reachability import reachability
from client.waitlist.models import WaitlistEntry
from client.worker import cleanup, closed_accounts, reconcile
from client.worker.cleanup import delete_old_rows
from client.worker.closed_accounts import closed_accounts_release
from client.worker.emails import emails_send_due
from client.worker.item_loop import Backoff
from client.worker.reconcile import reconcile_due
from tests.api.conftest import SEATS, Api, assert_problem, history
from tests.fake_ticket import Answer, FakeTicket, broken, problem
from tests.triggers import refusing_writes

Deliver = Callable[..., Any]


@pytest.fixture(autouse=True)
def fresh_backoff(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forgets the failures of earlier tests, so that no item rests."""
    for module in (reconcile, closed_accounts):
        monkeypatch.setattr(module, "_backoff", Backoff(first=timedelta(seconds=5), longest=timedelta(minutes=10)))


@pytest.fixture
def sent_mails(settings: Any) -> list[Any]:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    mail.outbox = []
    return mail.outbox


@contextmanager
def grows_by_one(metric: str, **labels: str) -> Iterator[None]:
    """Checks that the metric grows by exactly one inside."""
    before = REGISTRY.get_sample_value(metric, labels) or 0
    yield
    assert REGISTRY.get_sample_value(metric, labels) == before + 1


LOST = "client_notifications_lost_total"
FAILED = "client_worker_item_failures_total"


def raise_no_such_text(booking: Booking) -> Any:
    raise ValueError("no such text")


@pytest.mark.parametrize("way", ["answer", "webhook", "refresh", "refusal"])
@pytest.mark.parametrize("how", ["the text cannot be written", "the message cannot be stored"])
def test_a_state_is_applied_although_its_message_cannot_be_made(
    ayu: Api, ticket: FakeTicket, deliver: Deliver, monkeypatch: pytest.MonkeyPatch, way: str, how: str
) -> None:
    booking_id = ayu.book(0).json()["id"]
    ticket.bookings[booking_id] |= {"status": "BOOKED", "version": 3}
    Notification.objects.all().delete()
    with monkeypatch.context() as patch, grows_by_one(LOST):
        if how == "the text cannot be written":
            patch.setattr("client.notifications.texts.of_booking", raise_no_such_text)
            status = _apply(way, ayu, ticket, deliver, booking_id)
        else:
            with refusing_writes("notifications_notification", sqlstate="22001"):
                status = _apply(way, ayu, ticket, deliver, booking_id)
    assert not Notification.objects.exists()
    assert history(to_status=status)


def _apply(way: str, ayu: Api, ticket: FakeTicket, deliver: Deliver, booking_id: str) -> str:
    """Changes a booking in the given way and returns its new state."""
    if way == "answer":
        assert ayu.book(1).json()["status"] == "AWAITING_PAYMENT"
        return "AWAITING_PAYMENT"
    if way == "refusal":
        ticket.script("POST", "/api/v1/bookings", problem("organizer-declined", 502))
        assert_problem(ayu.book(1), 502, "organizer-declined")
        return "FAILED"
    if way == "webhook":
        assert deliver("booking.updated", ticket.bookings[booking_id]).json() == {"outcome": "applied"}
    else:
        assert ayu.post(f"/bookings/{booking_id}/refresh").json()["status"] == "BOOKED"
    return "BOOKED"


def test_a_waitlist_entry_is_applied_although_its_message_cannot_be_made(
    ayu: Api, ticket: FakeTicket, deliver: Deliver
) -> None:
    entry = ticket.entry(SEATS[0], ayu.customer)
    with refusing_writes("notifications_notification", sqlstate="22001"), grows_by_one(LOST):
        assert deliver("waitlist.updated", entry).json() == {"outcome": "applied"}
    assert WaitlistEntry.objects.get().status == "WAITING"


def test_of_two_messages_one_that_cannot_be_made_does_not_lose_the_other(
    ayu: Api, ticket: FakeTicket, deliver: Deliver, monkeypatch: pytest.MonkeyPatch
) -> None:
    booking = ticket.bookings[ayu.book(0).json()["id"]]
    booking |= {"status": "CANCELLED", "cancel_reason": "BUYER", "refund_status": "REFUNDED", "version": 3}
    monkeypatch.setattr("client.notifications.texts.of_booking", raise_no_such_text)
    assert deliver("booking.updated", booking).status_code == 200
    assert Notification.objects.filter(kind="BOOKING_REFUNDED").exists()


def expired_bookings(ayu: Api, ticket: FakeTicket, count: int) -> list[str]:
    """Makes bookings that have expired at ticket and are due in this order."""
    ids = [str(ayu.book(seat).json()["id"]) for seat in range(count)]
    for number, booking_id in enumerate(ids):
        ticket.bookings[booking_id] |= {"status": "EXPIRED", "version": 3}
        Booking.objects.filter(id=booking_id).update(next_check_at=timezone.now() + timedelta(seconds=number - 60))
    return ids


UNUSABLE_ANSWERS = [broken(500), broken(200, b"not json"), broken(200, {"id": "x"}), problem("validation-error", 422)]


@pytest.mark.parametrize("answer", UNUSABLE_ANSWERS, ids=["500", "no json", "no booking", "refused"])
def test_a_booking_of_which_ticket_answers_nonsense_does_not_stop_the_others(
    ayu: Api, ticket: FakeTicket, answer: Answer
) -> None:
    ids = expired_bookings(ayu, ticket, 5)
    for failing in ids[:3]:
        ticket.script("GET", f"/api/v1/bookings/{failing}", *[answer] * 3)
    assert reconcile_due() == 2
    assert set(Booking.objects.filter(status="EXPIRED").values_list("id", flat=True).iterator()) == {
        Booking.objects.get(id=each).id for each in ids[3:]
    }


def test_a_booking_that_cannot_be_stored_does_not_stop_the_others(ayu: Api, ticket: FakeTicket) -> None:
    ids = expired_bookings(ayu, ticket, 3)
    with (
        refusing_writes(
            "bookings_booking",
            sqlstate="22001",
            event="UPDATE",
            rows=f"NEW.id = '{ids[0]}' AND NEW.version > OLD.version",
        ),
        grows_by_one(FAILED, loop="bookings"),
    ):
        assert reconcile_due() == 2
    assert sorted(Booking.objects.values_list("status", flat=True)) == ["AWAITING_PAYMENT", "EXPIRED", "EXPIRED"]
    assert Booking.objects.get(id=ids[0]).version == 2


def test_a_booking_that_fails_again_and_again_is_asked_about_less_and_less(ayu: Api, ticket: FakeTicket) -> None:
    (failing,) = expired_bookings(ayu, ticket, 1)
    ticket.script("GET", f"/api/v1/bookings/{failing}", *[broken(500)] * 20)
    pauses = []
    for _ in range(10):
        now = timezone.now()
        Booking.objects.update(next_check_at=now)
        assert reconcile_due() == 0
        due_at = Booking.objects.get().next_check_at
        assert due_at
        pauses.append(round((due_at - now).total_seconds() / 5))
    assert pauses == [1, 2, 4, 8, 16, 32, 64, 120, 120, 120]


def test_while_ticket_is_unreachable_three_bookings_are_tried_and_the_rest_waits(ayu: Api, ticket: FakeTicket) -> None:
    expired_bookings(ayu, ticket, 6)
    ticket.down = True
    ticket.requests.clear()
    assert reconcile_due() == 0
    assert len({seen.path for seen in ticket.requests}) == 3


def test_a_booking_of_which_ticket_never_answers_does_not_stop_the_others(
    ayu: Api, ticket: FakeTicket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reachability, "pause", 60)
    ids = expired_bookings(ayu, ticket, 4)
    ticket.script("GET", f"/api/v1/bookings/{ids[0]}", *[Answer(0, drop=True)] * 2)
    assert reconcile_due() == 3


def test_what_a_closed_account_still_has_is_released_one_by_one(ayu: Api, ticket: FakeTicket) -> None:
    ticket.seats[SEATS[0]]["status"] = ticket.seats[SEATS[1]]["status"] = "BOOKED"
    entries = [ayu.post("/waitlist", {"seat_id": SEATS[n]}).json()["id"] for n in (0, 1)]
    unpaid = [ayu.book(seat).json()["id"] for seat in (2, 3)]
    ayu.delete("/users/me")
    ticket.script("DELETE", f"/api/v1/waitlist/{entries[0]}", broken(200, b"not json"))
    ticket.script("GET", f"/api/v1/bookings/{unpaid[0]}", broken(500))
    assert closed_accounts_release() == 2
    ticket.requests.clear()
    assert closed_accounts_release() == 0
    assert not ticket.requests, "what has just failed rests for a moment"


MAIL_ERRORS: list[Exception] = [
    ValueError("no such header"), UnicodeEncodeError("ascii", "é", 0, 1, "no"), smtplib.SMTPDataError(554, b"no"),
    ConnectionRefusedError(), RuntimeError("anything"),
]  # fmt: skip


@pytest.fixture
def due_mails(ayu: Api, ticket: FakeTicket, deliver: Deliver) -> list[Notification]:
    """Makes three mails that are due in this order."""
    for seat in range(3):
        booking = ticket.bookings[ayu.book(seat).json()["id"]]
        deliver("booking.updated", booking | {"status": "EXPIRED", "version": 3})
    due = list(Notification.objects.filter(email_state="PENDING").order_by("created_at"))
    for number, notification in enumerate(due):
        notification.email_due_at = timezone.now() + timedelta(seconds=number - 60)
        notification.save()
    return due


@pytest.mark.parametrize("error", MAIL_ERRORS, ids=lambda error: type(error).__name__)
def test_a_mail_that_cannot_be_sent_does_not_stop_the_others_and_is_given_up_after_twelve_attempts(
    due_mails: list[Notification], sent_mails: list[Any], monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    from django.core.mail import EmailMessage

    send = EmailMessage.send
    tried: list[str] = []

    def fail_for_the_first(self: EmailMessage, fail_silently: bool = False) -> int:
        if self.extra_headers["X-Notification-ID"] == str(due_mails[0].id):
            tried.append(str(self.subject))
            raise error
        return send(self, fail_silently)

    monkeypatch.setattr(EmailMessage, "send", fail_for_the_first)
    assert emails_send_due() == 2
    assert len(sent_mails) == 2
    for _ in range(20):
        Notification.objects.filter(email_state="PENDING").update(email_due_at=timezone.now())
        emails_send_due()
    due_mails[0].refresh_from_db()
    assert (due_mails[0].email_state, due_mails[0].email_attempts, due_mails[0].email_due_at) == ("GIVEN_UP", 12, None)
    assert len(tried) == MAX_ATTEMPTS == 12


def test_a_mail_whose_worker_dies_each_time_is_given_up(due_mails: list[Notification], sent_mails: list[Any]) -> None:
    """The attempt was counted, and its worker died before it sent the mail."""
    Notification.objects.filter(id=due_mails[0].id).update(email_attempts=MAX_ATTEMPTS)
    assert emails_send_due() == 2
    assert str(due_mails[0].id) not in {sent.extra_headers["X-Notification-ID"] for sent in sent_mails}
    due_mails[0].refresh_from_db()
    assert (due_mails[0].email_state, due_mails[0].email_attempts) == ("GIVEN_UP", MAX_ATTEMPTS), (
        "what was not tried counts not"
    )


def test_a_line_break_that_was_stored_long_ago_does_not_keep_a_mail_from_going(
    ayu: Api, ticket: FakeTicket, deliver: Deliver, sent_mails: list[Any]
) -> None:
    ticket.names = {"name": "Opening night\r\nBcc: everybody@example.com\u2028\x1b"}
    offer = ticket.booking(str(uuid4()), ayu.customer, SEATS[:1], origin="WAITLIST")
    assert deliver("booking.updated", offer).status_code == 200
    assert emails_send_due() == 1
    (sent,) = sent_mails
    assert sent.subject == "It is your turn: a seat for Opening night Bcc: everybody@example.com"
    assert sent.message()["Bcc"] is None
    assert sent.recipients() == ["ayu@example.com"]


def test_each_deletion_of_the_cleanup_stands_alone(ayu: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> None:
        raise ValueError("no such table")

    ayu.book(0, **{"Idempotency-Key": "k"})
    monkeypatch.setattr(cleanup, "STEPS", [broken, *cleanup.STEPS])
    in_forty_days = timezone.now() + timedelta(days=40)
    with time_machine.travel(in_forty_days), refusing_writes("api_idempotencykey", sqlstate="22001"):
        assert delete_old_rows() == len(cleanup.STEPS) - 2
    assert IdempotencyKey.objects.exists()
    assert not ThrottleWindow.objects.exists()


def test_an_unavailable_database_ends_the_round_and_counts_as_no_items_failure(
    due_mails: list[Notification], sent_mails: list[Any], ayu: Api, ticket: FakeTicket
) -> None:
    from django.db import OperationalError

    due = emails_due()
    with refusing_writes("notifications_notification", sqlstate="53100"), pytest.raises(OperationalError):
        emails_send_due()
    assert emails_due() == due
    assert set(Notification.objects.values_list("email_attempts", flat=True)) == {0}


def test_the_pause_of_an_item_starts_anew_once_it_succeeds() -> None:
    clock = [0.0]
    backoff = Backoff(first=timedelta(seconds=5), longest=timedelta(seconds=30), clock=lambda: clock[0])
    failing = uuid4()
    assert [backoff.failed(failing).total_seconds() for _ in range(4)] == [5, 10, 20, 30]
    assert backoff.resting() == [failing]
    clock[0] = 30
    assert backoff.resting() == []
    backoff.succeeded(failing)
    assert backoff.failed(failing).total_seconds() == 5


def test_only_so_many_failures_are_remembered() -> None:
    backoff = Backoff(first=timedelta(seconds=5), longest=timedelta(seconds=30))
    for _ in range(Backoff.KEPT + 10):
        backoff.failed(uuid4())
    assert len(backoff.resting()) == Backoff.KEPT


def test_the_triggers_of_these_tests_are_gone() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_trigger WHERE NOT tgisinternal")
        assert cursor.fetchone() == (0,)


def test_old_rows_are_deleted_in_batches_and_what_is_still_needed_stays(
    ayu: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    for seat in range(3):
        change = {"actor": "ticket", "action": "mirrored", "version": 2}  # as an earlier release stored it
        BookingChange.objects.create(booking_id=ayu.book(seat).json()["id"], at=timezone.now(), **change)
    monkeypatch.setattr(cleanup, "BATCH", 2)
    kept = {"notifications": Notification.objects.count(), "changes": BookingChange.objects.count()}
    with time_machine.travel(timezone.now() + cleanup.NOTIFICATIONS_KEPT - timedelta(days=1)):
        delete_old_rows()
    assert {"notifications": Notification.objects.count(), "changes": BookingChange.objects.count()} == kept
    Notification.objects.filter(id=Notification.objects.first().id).update(email_state="PENDING")  # type: ignore[union-attr]
    two_years_later = time_machine.travel(timezone.now() + cleanup.HISTORY_KEPT + timedelta(days=1))
    with two_years_later, CaptureQueriesContext(connection) as queries:
        delete_old_rows()
    deletions = [each["sql"] for each in queries if f'DELETE FROM "{BookingChange._meta.db_table}"' in each["sql"]]
    assert len(deletions) == -(-kept["changes"] // 2), "no statement deletes more than a batch"
    assert [each.email_state for each in Notification.objects.all()] == ["PENDING"], "a mail that is still to be sent"
    assert not BookingChange.objects.exists()
