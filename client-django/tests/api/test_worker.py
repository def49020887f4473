"""The worker process: jobs and healing, and a clean stop."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from django.db import connection
from django.utils import timezone

from client.bookings.models import Booking
from client.notifications.models import Notification
from tests.api.conftest import Api
from tests.fake_ticket import FakeTicket

FOLDER = Path(__file__).resolve().parents[2]


def _eventually(condition: Callable[[], bool], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


def test_the_worker_sends_mails_heals_bookings_and_stops_on_sigterm(
    ayu: Api, ticket: FakeTicket, tmp_path: Path
) -> None:
    booking_id = ayu.book(0).json()["id"]
    ticket.bookings[booking_id] |= {"status": "EXPIRED", "version": 3}
    Booking.objects.update(next_check_at=timezone.now())
    name = connection.settings_dict["NAME"]
    environment = os.environ | {
        "DATABASE_URL": os.environ["DATABASE_URL"].rsplit("/", 1)[0] + f"/{name}",
        "EMAIL_FILE_PATH": str(tmp_path),
        "LOG_LEVEL": "INFO",
        "RECONCILE_SECONDS": "0.2",
    }
    worker = subprocess.Popen([sys.executable, "manage.py", "run_worker"], cwd=FOLDER, env=environment)
    try:
        _eventually(lambda: Notification.objects.filter(kind="BOOKING_EXPIRED", email_state="SENT").exists())
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(timeout=10) == 0
    finally:
        worker.kill()
    assert Booking.objects.get().status == "EXPIRED"
    assert "released" in "".join(path.read_text() for path in tmp_path.iterdir())
