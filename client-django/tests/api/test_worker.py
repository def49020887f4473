"""The worker process: jobs and loops that do not wait for each other, and a clean stop."""

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from devstack.deadlines import stretched
from django.db import connection
from django.utils import timezone

from client.bookings.models import Booking
from client.notifications.models import Notification
from client.worker.service_worker import ServiceWorker
from tests.api.conftest import Api, database_url
from tests.fake_ticket import Answer, FakeTicket, ReceivedRequest
from tests.processes import WORKER, running, running_in_thread, wait_until


@pytest.mark.timeout(180)
def test_the_worker_sends_mails_repairs_bookings_and_stops_on_sigterm(
    ayu: Api, ticket: FakeTicket, tmp_path: Path
) -> None:
    booking_id = ayu.book(0).json()["id"]
    ticket.bookings[booking_id] |= {"status": "EXPIRED", "version": 3}
    Booking.objects.update(next_check_at=timezone.now())
    mails, heartbeat = tmp_path / "mails", tmp_path / "heartbeat"
    settings = {"DATABASE_URL": database_url(), "EMAIL_FILE_PATH": str(mails), "HEARTBEAT_FILE": str(heartbeat)}
    with running(WORKER, tmp_path / "log", RECONCILE_SECONDS="0.2", **settings):
        wait_until(lambda: Notification.objects.filter(kind="BOOKING_EXPIRED", email_state="SENT").exists())
    assert Booking.objects.get().status == "EXPIRED"
    assert "released" in "".join(path.read_text() for path in mails.iterdir())
    assert "e-mails: moves" in heartbeat.read_text().splitlines()


@pytest.fixture
def worker(setting: Callable[..., None]) -> Iterator[Callable[[], None]]:
    """Starts a worker in this process and stops it at the end of the test."""
    setting(reconcile_seconds=0.05)
    with ExitStack() as started:

        def start() -> None:
            started.enter_context(running_in_thread(ServiceWorker()))

        yield start


@pytest.fixture
def due_mail(ayu: Api, ticket: FakeTicket, deliver: Callable[..., Any], settings: Any) -> Notification:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    booking = ticket.bookings[ayu.book(0).json()["id"]]
    deliver("booking.updated", booking | {"status": "EXPIRED", "version": 3})
    return Notification.objects.get(email_state="PENDING")


def is_sent(notification: Notification) -> bool:
    notification.refresh_from_db()
    return notification.email_state == "SENT"


@pytest.mark.parametrize("step", ["reconcile_due", "closed_accounts_release", "delete_old_rows"])
def test_a_step_that_breaks_keeps_no_other_from_running(
    due_mail: Notification, worker: Callable[[], None], monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    def broken(**_: object) -> None:
        raise RuntimeError("no such step")

    monkeypatch.setattr(f"client.worker.service_worker.{step}", broken)
    worker()
    wait_until(lambda: is_sent(due_mail))


def test_a_heartbeat_that_cannot_be_written_stops_no_work(
    ayu: Api, ticket: FakeTicket, worker: Callable[[], None], setting: Callable[..., None], tmp_path: Path
) -> None:
    setting(heartbeat_file=tmp_path / "no such folder" / "heartbeat")
    booking_id = ayu.book(0).json()["id"]
    ticket.bookings[booking_id] |= {"status": "EXPIRED", "version": 3}
    Booking.objects.update(next_check_at=timezone.now())
    worker()
    wait_until(lambda: Booking.objects.get().status == "EXPIRED")


def test_a_ticket_that_never_answers_does_not_keep_mails_from_going(
    ayu: Api, ticket: FakeTicket, due_mail: Notification, worker: Callable[[], None]
) -> None:
    booking_id = ayu.book(1).json()["id"]
    asked, answer_it = threading.Event(), threading.Event()

    def hang(seen: ReceivedRequest) -> Answer:
        asked.set()
        answer_it.wait(60)
        return Answer(0, drop=True)

    ticket.script("GET", f"/api/v1/bookings/{booking_id}", hang)
    Booking.objects.filter(id=booking_id).update(next_check_at=timezone.now())
    Notification.objects.update(email_due_at=None)
    worker()
    assert asked.wait(stretched(30))
    Notification.objects.filter(id=due_mail.id).update(email_due_at=timezone.now())
    wait_until(lambda: is_sent(due_mail))
    assert not answer_it.is_set()
    answer_it.set()


def test_a_mail_server_that_hangs_does_not_keep_bookings_from_being_repaired(
    ayu: Api, ticket: FakeTicket, due_mail: Notification, worker: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    sending, go_on = threading.Event(), threading.Event()

    def hang(self: object, fail_silently: bool = False) -> int:
        sending.set()
        go_on.wait(60)
        return 1

    monkeypatch.setattr("django.core.mail.EmailMessage.send", hang)
    worker()
    assert sending.wait(stretched(30))
    booking_id = ayu.book(1).json()["id"]
    ticket.bookings[booking_id] |= {"status": "EXPIRED", "version": 3}
    Booking.objects.filter(id=booking_id).update(next_check_at=timezone.now())
    wait_until(lambda: Booking.objects.get(id=booking_id).status == "EXPIRED")
    go_on.set()
    connection.close()
