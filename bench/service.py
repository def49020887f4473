"""The ticket service of a benchmark, on a scratch database."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

import httpx
import psutil

from bench.scratch_database import IMPORT_PATH, ScratchDatabase
from devstack.home import REPOSITORY
from devstack.ports import HOST, unused_port

KEY = "bench-key-of-more-than-24-characters"
WEBHOOK_SECRET = "whsec_" + "YmVuY2gtYmVuY2gtYmVuY2gtYmVuY2gtYmVuY2gtYmU="
READY_SECONDS = 30

Scope = Literal["hold", "booking"]


@dataclass(frozen=True, slots=True)
class TicketService:
    """The address of the service, and its process."""

    url: str
    process: psutil.Process

    def cpu_seconds(self) -> float:
        """Returns the processor time that the service has used so far."""
        each = [process.cpu_times() for process in (self.process, *self.process.children(recursive=True))]
        return float(sum(times.user + times.system for times in each))


@contextmanager
def ticket_service(database: ScratchDatabase, *, scope: Scope, processes: int, pool: int) -> Iterator[TicketService]:
    """Runs the service during the block; `pool` is the number of database connections of all its processes together."""
    port = unused_port()
    environment = {
        **os.environ,
        **_settings(database, pool // processes),
        "PYTHONPATH": f"{IMPORT_PATH}{os.pathsep}{REPOSITORY}",
        "HOST": HOST,
        "PORT": str(port),
        "BENCH_PROCESSES": str(processes),
        "BENCH_SCOPE": scope,
    }
    service = subprocess.Popen(
        [sys.executable, "-m", "bench.hold_app"], cwd=REPOSITORY, env=environment, stdout=subprocess.DEVNULL
    )
    try:
        _await_ready(service, f"http://{HOST}:{port}")
        yield TicketService(f"http://{HOST}:{port}", psutil.Process(service.pid))
    finally:
        service.terminate()
        service.wait(READY_SECONDS)


def _settings(database: ScratchDatabase, pool: int) -> dict[str, str]:
    return {
        "DATABASE_URL": database.url,
        "DATABASE_POOL_SIZE": str(pool),
        "API_KEYS": json.dumps({"bench": {"key": KEY, "scopes": ["*"]}}),
        "PAYMENT_URL": f"http://{HOST}:9",
        "PAYMENT_API_KEY": KEY,
        "TICKET_WEBHOOK_SECRET": WEBHOOK_SECRET,
        "CLIENT_WEBHOOK_URL": f"http://{HOST}:9/webhooks/ticket",
        "CLIENT_WEBHOOK_SECRET": WEBHOOK_SECRET,
        "S3_ENDPOINT": f"http://{HOST}:9",
        "S3_PUBLIC_ENDPOINT": f"http://{HOST}:9",
        "S3_ACCESS_KEY": "bench",
        "S3_SECRET_KEY": KEY,
        "LOG_LEVEL": "INFO",
    }


def _await_ready(service: subprocess.Popen[bytes], url: str) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline and service.poll() is None:
        try:
            httpx.get(f"{url}/healthz", timeout=1, trust_env=False).raise_for_status()
        except httpx.HTTPError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError("The ticket service of the benchmark did not start.")
