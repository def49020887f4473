"""Runs the service's processes as an operator does."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from devstack.deadlines import Deadline, stretched

if TYPE_CHECKING:
    # Importing it needs Django's settings, which the tests of processes do without.
    from client.worker.service_worker import ServiceWorker

FOLDER = Path(__file__).resolve().parents[1]
MIGRATE = ["manage.py", "migrate", "--noinput"]
BOOTSTRAP = ["manage.py", "bootstrap_staff"]
HTTP = ["-m", "gunicorn", "-c", "config/gunicorn.py", "config.wsgi:application"]
WORKER = ["manage.py", "run_worker"]


def environment(**changes: str) -> dict[str, str]:
    return os.environ | {"STAFF_EMAIL": "boss@example.com", "STAFF_PASSWORD": "gamelan-at-noon-1"} | changes


def run(command: list[str], **changes: str) -> subprocess.CompletedProcess[str]:
    """Runs a command to its end."""
    return subprocess.run(
        [sys.executable, *command],
        cwd=FOLDER,
        env=environment(**changes),
        capture_output=True,
        text=True,
        timeout=stretched(150),
        check=False,
    )


@contextmanager
def running(command: list[str], log: Path, **changes: str) -> Iterator[subprocess.Popen[bytes]]:
    """Runs a command during the block, and then checks that it ends cleanly."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, *command], cwd=FOLDER, env=environment(**changes), stdout=output, stderr=output
        )
    try:
        yield process
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=stretched(60)) == 0, log.read_text()
    finally:
        process.kill()
        process.wait(timeout=stretched(20))


@contextmanager
def running_in_thread(worker: "ServiceWorker") -> Iterator[None]:
    """Runs a worker of this process during the block, and then checks that it ends."""
    thread = threading.Thread(target=worker.run)
    thread.start()
    try:
        yield
    finally:
        worker.stop()
        thread.join(timeout=stretched(30))
    assert not thread.is_alive()


def wait_until(condition: Callable[[], bool], seconds: float = 60) -> None:
    deadline = Deadline(seconds)
    while not condition():
        assert not deadline.is_over(), "it did not happen in time"
        time.sleep(0.05)


def unused_port() -> int:
    """Returns a port on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
