"""`docker/healthcheck.py`, run as Docker runs it."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from devstack.ports import unused_port
from tests.contracts.compose_file import REPOSITORY

CHECK = REPOSITORY / "docker" / "healthcheck.py"


def check(*options: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-IS", *options, str(CHECK)], env=environment, capture_output=True, text=True, check=False
    )


@contextmanager
def service(status: int) -> Iterator[str]:
    """The port of a service that answers `/healthz` with this status and everything else with 404."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status if self.path == "/healthz" else 404)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield str(server.server_port)
        server.shutdown()


@pytest.mark.parametrize(("status", "exit_status"), [(200, 0), (503, 1), (404, 1)])
def test_a_service_is_well_if_it_answers_200(status: int, exit_status: int) -> None:
    with service(status) as port:
        assert check(PORT=port).returncode == exit_status


def test_a_service_can_be_asked_under_another_path() -> None:
    with service(200) as port:
        assert check(PORT=port, HEALTH_PATH="/_stcore/health").returncode == 1


def test_a_service_that_nobody_answers_for_is_not_well() -> None:
    found = check(PORT=str(unused_port()))
    assert (found.returncode, found.stderr) == (1, "")


@pytest.mark.parametrize(("age_seconds", "exit_status"), [(0, 0), (50, 0), (70, 1)])
def test_a_worker_is_well_while_its_heartbeat_is_fresh(tmp_path: Path, age_seconds: int, exit_status: int) -> None:
    heartbeat = tmp_path / "heartbeat"
    heartbeat.touch()
    touched = heartbeat.stat().st_mtime - age_seconds
    os.utime(heartbeat, (touched, touched))
    assert check(HEARTBEAT_FILE=str(heartbeat)).returncode == exit_status


def test_a_worker_without_a_heartbeat_is_not_well(tmp_path: Path) -> None:
    assert check(HEARTBEAT_FILE=str(tmp_path / "none")).returncode == 1


def test_the_check_imports_next_to_nothing() -> None:
    """It runs every few seconds in every container, without compiled modules if the image has none."""
    with service(200) as port:
        imported = check("-X", "importtime", PORT=port).stderr
    assert "socket" in imported
    for costly in ("urllib", "http.client", "email", "ssl", "asyncio", "typing", "pathlib", "site"):
        assert f" {costly}\n" not in imported, costly
