"""Notifications in the app and by e-mail, one per cause."""

import hashlib
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.core import mail
from django.db import transaction
from django.utils import timezone

from client.notifications.email_rows import MAX_ATTEMPTS, emails_claim, emails_due
from client.notifications.emails import WITHOUT_DOCUMENT_FROM
from client.notifications.kinds import NotificationKind
from client.notifications.models import Notification
from client.notifications.services import CausedMessage, Message, notification_create
from client.observability import context
from client.worker.emails import emails_send_due
from tests.api.conftest import SEATS, Api, assert_problem
from tests.fake_ticket import PDF, Answer, FakeTicket, document

DOCUMENT = document(hashlib.sha256(PDF).hexdigest())


@pytest.fixture(autouse=True)
def sent_mails(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    from django.conf import settings

    monkeypatch.setattr(settings, "EMAIL_BACKEND", "django.core.mail.backends.locmem.EmailBackend")
    mail.outbox = []
    return mail.outbox


@pytest.fixture
def confirmation(ayu: Api, ticket: FakeTicket, deliver: Callable[..., Any]) -> Notification:
    """The unsent notification of a confirmed booking."""
    booking = ticket.bookings[ayu.book(0).json()["id"]]
    booking |= {"status": "BOOKED", "version": 3, "document": DOCUMENT}
    deliver("booking.updated", booking)
    return Notification.objects.get(kind="BOOKING_CONFIRMED")


def send(notification: Notification) -> str:
    """Makes a round of the worker and returns what became of this mail."""
    is_due = notification.id in emails_due()
    emails_send_due()
    notification.refresh_from_db()
    if not is_due:
        return "not-due"
    return {"SENT": "sent", "PENDING": "later", "GIVEN_UP": "given-up"}[notification.email_state]


def test_a_user_reads_only_their_own_messages(ayu: Api, bima: Api) -> None:
    ayu.book(0)
    (message,) = ayu.get("/notifications").json()["items"]
    assert set(message) == {
        "id", "kind", "title", "body", "booking_id", "waitlist_entry_id", "read_at", "created_at",
    }  # fmt: skip
    assert "Rp450.000" in message["body"]
    assert "until Mon 23 Nov 2099, 18:15 WITA" in message["body"]
    assert bima.get("/notifications").json()["items"] == []
    assert_problem(bima.post(f"/notifications/{message['id']}/read"), 404, "not-found")
    assert_problem(ayu.post(f"/notifications/{uuid4()}/read"), 404, "not-found")
    first = ayu.post(f"/notifications/{message['id']}/read").json()["read_at"]
    assert first
    assert ayu.post(f"/notifications/{message['id']}/read").json()["read_at"] == first


def test_unread_messages_are_told_apart_and_read_together(ayu: Api, bima: Api) -> None:
    bima.book(5)
    for seat in range(3):
        ayu.book(seat)
    message = ayu.get("/notifications").json()["items"][0]
    ayu.post(f"/notifications/{message['id']}/read")
    assert len(ayu.get("/notifications?unread=true").json()["items"]) == 2
    assert len(ayu.get("/notifications?unread=false").json()["items"]) == 1
    assert ayu.post("/notifications/read-all").json() == {"read": 2}
    assert ayu.post("/notifications/read-all").json() == {"read": 0}
    assert len(bima.get("/notifications?unread=true").json()["items"]) == 1


def test_a_confirmation_is_mailed_with_the_pdf(confirmation: Notification, sent_mails: list[Any]) -> None:
    assert send(confirmation) == "sent"
    (sent,) = sent_mails
    assert sent.to == ["ayu@example.com"]
    assert sent.attachments[0][1] == PDF
    assert f"booking_id={confirmation.booking_id}" in sent.body
    assert send(confirmation) == "not-due"
    assert len(sent_mails) == 1


def test_an_offer_is_mailed_with_the_payment_link(
    bima: Api, ticket: FakeTicket, deliver: Callable[..., Any], sent_mails: list[Any]
) -> None:
    snapshot = ticket.booking(str(uuid4()), bima.customer, SEATS[:1], origin="WAITLIST")
    deliver("booking.updated", snapshot)
    assert send(Notification.objects.get()) == "sent"
    assert snapshot["payment_url"] in sent_mails[0].body


def test_a_confirmation_is_due_when_its_document_is_there_and_not_tried_before(
    ayu: Api, ticket: FakeTicket, deliver: Callable[..., Any], sent_mails: list[Any]
) -> None:
    booking = ticket.bookings[ayu.book(0).json()["id"]]
    deliver("booking.updated", booking | {"status": "BOOKED", "version": 3})
    ticket.requests.clear()
    assert emails_send_due() == 0
    assert not ticket.requests
    booking |= {"status": "BOOKED", "version": 4, "document": DOCUMENT}
    deliver("booking.updated", booking)
    assert emails_send_due() == 1
    confirmation = Notification.objects.get(kind="BOOKING_CONFIRMED")
    assert (confirmation.email_state, confirmation.email_attempts) == ("SENT", 1)
    assert sent_mails[0].attachments[0][1] == PDF


@pytest.fixture
def announced(ayu: Api, ticket: FakeTicket, deliver: Callable[..., Any]) -> Notification:
    """A confirmation whose document has come with its link."""
    booking = ticket.bookings[ayu.book(0).json()["id"]]
    link = {"url": f"{ticket.url}/files/{booking['id']}.pdf", "url_expires_at": "2099-01-01T00:00:00Z"}
    booking |= {"status": "BOOKED", "version": 3, "document": DOCUMENT}
    deliver("booking.updated", booking | {"document": DOCUMENT | link})
    ticket.requests.clear()
    return Notification.objects.get(kind="BOOKING_CONFIRMED")


def test_a_document_is_fetched_by_the_link_that_came_with_it_and_the_link_is_forgotten(
    announced: Notification, ticket: FakeTicket, sent_mails: list[Any]
) -> None:
    assert announced.document_url
    assert send(announced) == "sent"
    assert [seen.path for seen in ticket.requests] == [f"/files/{announced.booking_id}.pdf"]
    assert sent_mails[0].attachments[0][1] == PDF
    announced.refresh_from_db()
    assert announced.document_url == ""


def test_a_link_that_does_not_work_any_more_is_replaced_by_a_new_one(
    announced: Notification, ticket: FakeTicket, sent_mails: list[Any]
) -> None:
    ticket.script("GET", f"/files/{announced.booking_id}.pdf", Answer(403, {}))
    assert send(announced) == "sent"
    assert ticket.calls("GET", f"/api/v1/bookings/{announced.booking_id}/ticket")
    assert sent_mails[0].attachments[0][1] == PDF


def test_a_document_that_was_replaced_after_its_event_is_not_mailed(
    announced: Notification, ticket: FakeTicket, sent_mails: list[Any]
) -> None:
    ticket.script("GET", f"/files/{announced.booking_id}.pdf", Answer(200, {"an": "older document"}))
    assert send(announced) == "sent"
    assert sent_mails[0].attachments[0][1] == PDF


def test_a_mail_that_is_tried_again_keeps_its_link(announced: Notification, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: object, fail_silently: bool = False) -> int:
        raise ConnectionRefusedError

    monkeypatch.setattr("django.core.mail.EmailMessage.send", refuse)
    assert send(announced) == "later"
    announced.refresh_from_db()
    assert announced.document_url


def test_a_confirmation_whose_document_is_never_announced_is_due_after_a_while(
    ayu: Api, ticket: FakeTicket, deliver: Callable[..., Any]
) -> None:
    booking = ticket.bookings[ayu.book(0).json()["id"]]
    deliver("booking.updated", booking | {"status": "BOOKED", "version": 3})
    assert emails_due() == []
    with time_machine.travel(timezone.now() + timedelta(seconds=31)):
        assert len(emails_due()) == 1


def test_a_new_event_does_not_end_the_pause_of_a_mail_that_has_failed(
    confirmation: Notification, ticket: FakeTicket, deliver: Callable[..., Any]
) -> None:
    ticket.pdf = b"%PDF-1.7 another ticket"
    assert send(confirmation) == "later"
    deliver("booking.updated", ticket.bookings[str(confirmation.booking_id)] | {"version": 4})
    assert emails_due() == []


def test_a_mail_carries_on_the_trace_of_the_request_that_caused_it(
    confirmation: Notification, ticket: FakeTicket, sent_mails: list[Any]
) -> None:
    trace_id = confirmation.traceparent.split("-")[1]
    ticket.requests.clear()
    # The worker's loop has a trace of its own.
    context.begin()
    assert emails_send_due() == 1
    assert ticket.requests
    assert {seen.headers["traceparent"].split("-")[1] for seen in ticket.requests} == {trace_id}
    asked = ticket.calls("GET", f"/api/v1/bookings/{confirmation.booking_id}/ticket")
    assert {seen.headers["x-request-id"] for seen in asked} == {confirmation.request_id}


def test_a_mail_waits_for_its_document_and_is_tried_again(
    confirmation: Notification, ticket: FakeTicket, sent_mails: list[Any]
) -> None:
    ticket.bookings[str(confirmation.booking_id)]["document"] = None
    assert send(confirmation) == "later"
    assert not sent_mails
    assert emails_due() == []
    ticket.bookings[str(confirmation.booking_id)]["document"] = DOCUMENT
    with time_machine.travel(timezone.now() + timedelta(seconds=3)):
        assert emails_due() == [confirmation.id]
        assert send(confirmation) == "sent"


def test_a_store_known_by_another_name_inside_is_asked_by_its_public_name(
    confirmation: Notification, ticket: FakeTicket, sent_mails: list[Any], setting: Callable[..., None]
) -> None:
    link = {
        "url": "https://public.example/files/x.pdf?sig=1",
        "expires_at": "2099-01-01T00:00:00Z",
        "kind": "CONFIRMATION",
    }
    path = f"/api/v1/bookings/{confirmation.booking_id}/ticket"
    ticket.script("GET", path, Answer(200, link | {"sha256": DOCUMENT["sha256"]}))
    setting(document_store_url=ticket.url)
    assert send(confirmation) == "sent"
    (seen,) = ticket.calls("GET", "/files/x.pdf")
    assert (seen.headers["host"], seen.query) == ("public.example", {"sig": "1"})


def test_a_document_that_is_not_what_its_checksum_says_is_not_mailed(
    confirmation: Notification, ticket: FakeTicket, sent_mails: list[Any]
) -> None:
    ticket.pdf = b"%PDF-1.7 another ticket"
    assert send(confirmation) == "later"
    assert not sent_mails


def test_after_many_attempts_the_mail_goes_without_the_document(
    confirmation: Notification, ticket: FakeTicket, sent_mails: list[Any]
) -> None:
    ticket.down = True
    Notification.objects.update(email_attempts=WITHOUT_DOCUMENT_FROM - 1)
    assert send(confirmation) == "sent"
    assert sent_mails[0].attachments == []


def test_a_mail_server_that_is_down_is_tried_again_and_given_up_in_the_end(
    confirmation: Notification, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(self: object, fail_silently: bool = False) -> int:
        raise ConnectionRefusedError

    monkeypatch.setattr("django.core.mail.EmailMessage.send", refuse)
    assert send(confirmation) == "later"
    Notification.objects.update(email_attempts=MAX_ATTEMPTS, email_due_at=timezone.now())
    assert send(confirmation) == "given-up"
    confirmation.refresh_from_db()
    assert (confirmation.email_state, confirmation.email_due_at) == ("GIVEN_UP", None)


def test_a_mail_taken_by_a_worker_that_died_comes_back(confirmation: Notification) -> None:
    assert [mail.attempt for mail in emails_claim()] == [1]
    assert emails_claim() == []
    with time_machine.travel(timezone.now() + timedelta(minutes=3)):
        assert emails_due() == [confirmation.id]
        assert [mail.attempt for mail in emails_claim()] == [2]


def test_a_closed_account_gets_no_mail(confirmation: Notification, ayu: Api, sent_mails: list[Any]) -> None:
    ayu.delete("/users/me")
    assert send(confirmation) == "given-up"
    assert not sent_mails


def test_one_cause_makes_one_message(ayu: Api) -> None:
    assert ayu.user
    message = Message(kind=NotificationKind.BOOKING_HELD, title="t", body="b", by_email=True)
    made = [
        notification_create(user=ayu.user, caused=CausedMessage(cause="booking:1:X", message=message)) for _ in range(2)
    ]
    assert made == [True, False]
    assert emails_due() == [Notification.objects.get().id]


def test_a_change_that_is_rolled_back_sends_nothing(ayu: Api) -> None:
    assert ayu.user
    message = Message(kind=NotificationKind.BOOKING_HELD, title="t", body="b", by_email=True)
    with transaction.atomic():
        notification_create(user=ayu.user, caused=CausedMessage(cause="booking:1:X", message=message))
        transaction.set_rollback(True)
    assert not Notification.objects.exists()


def test_the_workers_round_sends_what_is_due(confirmation: Notification, sent_mails: list[Any]) -> None:
    assert emails_send_due() == 1
    confirmation.refresh_from_db()
    assert confirmation.email_state == "SENT"
    assert len(sent_mails) == 1
