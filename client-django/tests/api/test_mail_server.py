"""Mail has a lane of its own: a mail server that is away, stands still or drips stops nothing else."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
from devstack.deadlines import stretched
from django.utils import timezone

from client.bookings.models import Booking
from client.notifications import emails
from client.notifications.email_rows import emails_due
from client.notifications.emails import MailServerUnreachableError
from client.notifications.models import Notification
from client.worker import service_worker
from client.worker.emails import emails_send_due
from client.worker.service_worker import ServiceWorker
from tests.api.conftest import Api
from tests.fake_ticket import FakeTicket
from tests.mail_servers import MailServer, mail_server
from tests.processes import running_in_thread, unused_port, wait_until

MAILS = 3


@pytest.fixture
def sends_to(settings: Any) -> Callable[[int], None]:
    """Makes the service send its mail to a port of this machine."""

    def choose(port: int) -> None:
        settings.EMAIL_BACKEND = "client.outgoing.smtp.DeadlineEmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port

    return choose


@pytest.fixture(autouse=True)
def due(ayu: Api, ticket: FakeTicket, deliver: Callable[..., Any]) -> None:
    for seat in range(MAILS):
        booking = ticket.bookings[ayu.book(seat).json()["id"]]
        deliver("booking.updated", booking | {"status": "EXPIRED", "version": 3})
    assert len(emails_due()) == MAILS


@pytest.fixture(autouse=True)
def short_deadlines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(emails, "OPEN_SECONDS", 0.5)
    monkeypatch.setattr(emails, "MAIL_SECONDS", stretched(0.5))


@contextmanager
def ends_within(seconds: float) -> Iterator[None]:
    started = time.monotonic()
    yield
    assert time.monotonic() - started < stretched(seconds)


def attempts() -> list[int]:
    return sorted(Notification.objects.filter(email_state="PENDING").values_list("email_attempts", flat=True))


def test_all_due_mails_go_through_one_connection(sends_to: Callable[[int], None]) -> None:
    with mail_server() as server:
        sends_to(server.port)
        assert emails_send_due() == MAILS
        assert (server.connections, len(server.mails)) == (1, MAILS)
    assert emails_due() == []


def test_mails_that_an_unreachable_server_kept_from_being_tried_lose_no_attempt(
    sends_to: Callable[[int], None],
) -> None:
    sends_to(unused_port())
    for _ in range(20):
        with pytest.raises(MailServerUnreachableError):
            emails_send_due()
    assert attempts() == [0] * MAILS
    assert len(emails_due()) == MAILS


def test_a_server_that_drips_its_greeting_is_left_after_the_deadline(sends_to: Callable[[int], None]) -> None:
    with mail_server(drips_at="banner") as server, ends_within(3):
        sends_to(server.port)
        with pytest.raises(MailServerUnreachableError):
            emails_send_due()
    assert attempts() == [0] * MAILS


@pytest.mark.parametrize("command", ["MAIL", "RCPT", "DATA", "mail"])
def test_a_server_that_drips_later_costs_each_mail_its_deadline_and_no_more(
    sends_to: Callable[[int], None], command: str
) -> None:
    with mail_server(drips_at=command) as server, ends_within(MAILS * 3):
        sends_to(server.port)
        assert emails_send_due() == 0
        assert server.connections == MAILS, "a broken exchange is not gone on with"
    assert attempts() == [1] * MAILS


def test_a_tarpit_stops_no_healing_and_the_heartbeat_names_the_lane(
    ayu: Api, ticket: FakeTicket, sends_to: Callable[[int], None], setting: Callable[..., None], tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    heartbeat = tmp_path / "heartbeat"
    setting(reconcile_seconds=0.05, heartbeat_file=heartbeat)
    monkeypatch.setattr(service_worker, "HEARTBEAT_SECONDS", 0.1)
    monkeypatch.setattr(service_worker, "STANDS_STILL_AFTER_SECONDS", 2.0)
    monkeypatch.setattr(service_worker, "FAILURE_PAUSE", 0.1)
    booking_id = ayu.book(5).json()["id"]
    with ExitStack() as running:
        server = running.enter_context(mail_server(drips_at="banner"))
        # Before the worker starts: its first round would send the mails with the usual settings.
        sends_to(server.port)
        running.enter_context(running_in_thread(ServiceWorker()))
        wait_until(lambda: "e-mails: stands still for" in heartbeat.read_text() if heartbeat.exists() else False)
        ticket.bookings[booking_id] |= {"status": "EXPIRED", "version": 3}
        Booking.objects.filter(id=booking_id).update(next_check_at=timezone.now())
        wait_until(lambda: Booking.objects.get(id=booking_id).status == "EXPIRED", seconds=5)
        lines = heartbeat.read_text().splitlines()
        assert [line.partition(":")[0] for line in lines] == ["bookings", "closed accounts", "e-mails", "cleanup"]
        assert "bookings: moves" in lines
        assert attempts()[:MAILS] == [0] * MAILS
        answers_again(server)
        wait_until(lambda: "e-mails: moves" in heartbeat.read_text())
        wait_until(lambda: not Notification.objects.filter(email_state="PENDING").exists())


def answers_again(server: MailServer) -> None:
    server.drips_at = ""


def test_a_server_that_goes_away_within_a_batch_costs_the_rest_no_attempt(
    sends_to: Callable[[int], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    open_once, opened = emails.MailServer.open, 0

    def open_twice(self: emails.MailServer) -> None:
        nonlocal opened
        opened += 1
        # Once before the batch is claimed, once for its first mail.
        if opened > 2:
            raise MailServerUnreachableError("gone")
        open_once(self)

    monkeypatch.setattr(emails.MailServer, "open", open_twice)
    with mail_server() as server:
        sends_to(server.port)
        with pytest.raises(MailServerUnreachableError):
            emails_send_due()
        assert len(server.mails) == 1
    assert attempts() == [0] * (MAILS - 1)
    assert len(emails_due()) == MAILS - 1
