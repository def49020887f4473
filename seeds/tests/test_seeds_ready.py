"""`python seeds/ready.py` as the last container runs it: its messages, and when it prints them."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import IO

import pytest

READY = Path(__file__).parents[1] / "ready.py"
PORTS = ("CLIENT", "TICKET", "PAYMENT", "ORGANIZER", "FRONTEND", "S3_CONSOLE", "MAIL")


class Service(ThreadingHTTPServer):
    """A fake service that is ready or not."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.status = 503
        self.url = f"http://127.0.0.1:{self.server_port}/readyz"


class _Handler(BaseHTTPRequestHandler):
    server: Service

    def do_GET(self) -> None:
        self.send_response(self.server.status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Logs nothing."""


@pytest.fixture
def service() -> Iterator[Service]:
    service = Service()
    threading.Thread(target=service.serve_forever, daemon=True).start()
    yield service
    service.shutdown()
    service.server_close()


@contextmanager
def running(service: Service, heartbeat: Path, **changes: str) -> Iterator[subprocess.Popen[str]]:
    environment = {
        "PATH": os.environ["PATH"],
        "WATCHED": service.url,
        "LOOK_EVERY_SECONDS": "0.05",
        "HEARTBEAT_FILE": str(heartbeat),
        **{f"{name}_PORT": str(number) for number, name in enumerate(PORTS, 9001)},
        "STAFF_EMAIL": "staff@example.com",
        "STAFF_PASSWORD": "demo-staff-password",
        "DEMO_EMAIL": "demo@example.com",
        "DEMO_PASSWORD": "demo-buyer-password",
        "MINIO_ROOT_USER": "demo-minio-root",
        "MINIO_ROOT_PASSWORD": "demo-minio-root-password",
        **changes,
    }
    program = subprocess.Popen(
        [sys.executable, str(READY)], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        yield program
    finally:
        program.kill()
        program.communicate()


def lines_until(output: IO[str] | None, last: str) -> list[str]:
    """Returns the output up to the line that contains `last`; the test's time-out ends the wait."""
    assert output is not None
    found: list[str] = []
    for line in output:
        found.append(line.rstrip("\n"))
        if last in line:
            return found
    raise AssertionError(f"{last!r} was not said: {found}")


def test_it_prints_what_it_waits_for_and_then_once_the_addresses_and_logins(service: Service, tmp_path: Path) -> None:
    with running(service, tmp_path / "heartbeat") as program:
        assert lines_until(program.stdout, "Waiting") == [f"Waiting for {service.url}."]
        assert not (tmp_path / "heartbeat").exists()
        service.status = 200
        said = "\n".join(lines_until(program.stdout, "compose-env"))
        assert "The ticketing platform is ready." in said
        for address in ("http://localhost:9005", "http://localhost:9001/docs", "http://localhost:9006"):
            assert address in said.split()
        assert "demo@example.com / demo-buyer-password" in said
        assert "staff@example.com / demo-staff-password" in said
        assert (tmp_path / "heartbeat").exists()
        service.status = 503
        assert lines_until(program.stdout, "Waiting") == [f"Waiting for {service.url}."]


def test_a_private_password_is_not_written_to_the_log(service: Service, tmp_path: Path) -> None:
    own = {f"{name}_PASSWORD": f"own-{name}-password" for name in ("STAFF", "DEMO", "MINIO_ROOT")}
    service.status = 200
    with running(service, tmp_path / "heartbeat", **own) as program:
        said = "\n".join(lines_until(program.stdout, "demo-minio-root"))
        program.send_signal(signal.SIGTERM)
        rest, errors = program.communicate()
    assert not [password for password in own.values() if password in said + rest + errors]
    assert "public" not in said + rest


def test_the_platform_is_not_ready_while_a_service_does_not_answer(service: Service, tmp_path: Path) -> None:
    nobody = "http://127.0.0.1:9/readyz"
    service.status = 200
    with running(service, tmp_path / "heartbeat", WATCHED=f"{service.url} {nobody}") as program:
        assert lines_until(program.stdout, "Waiting") == [f"Waiting for {nobody}."]
    assert not (tmp_path / "heartbeat").exists()


def test_it_exits_with_0_on_sigterm(service: Service, tmp_path: Path) -> None:
    with running(service, tmp_path / "heartbeat") as program:
        lines_until(program.stdout, "Waiting")
        program.send_signal(signal.SIGTERM)
        assert program.wait(20) == 0


def test_an_address_of_the_network_is_shown_as_it_is(service: Service, tmp_path: Path) -> None:
    service.status = 200
    with running(service, tmp_path / "heartbeat", ADDRESS="192.0.2.7") as program:
        assert "http://192.0.2.7:9005" in "\n".join(lines_until(program.stdout, "Dashboard"))


def test_a_setting_that_is_missing_is_named(service: Service, tmp_path: Path) -> None:
    with running(service, tmp_path / "heartbeat", MAIL_PORT="") as program:
        _, errors = program.communicate(timeout=20)
    assert (program.returncode, errors.strip()) == (1, "These environment variables are missing or wrong: MAIL_PORT.")
