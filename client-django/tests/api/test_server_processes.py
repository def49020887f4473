"""gunicorn's master and the workers that it starts."""

from pathlib import Path

import httpx
import psutil
import pytest

from tests.api.conftest import database_url
from tests.processes import HTTP, running, unused_port, wait_until

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(180)]
OWN_PART = 0.4
"""How much of its memory a worker that has served little shares with nobody, at most."""


def is_up(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/readyz").is_success
    except httpx.TransportError:
        return False


def test_a_worker_that_dies_is_replaced_and_shares_the_memory_of_the_application(tmp_path: Path) -> None:
    port = unused_port()
    with running(HTTP, tmp_path / "log", DATABASE_URL=database_url(), PORT=str(port), WEB_WORKERS="1") as process:
        wait_until(lambda: is_up(port))
        master = psutil.Process(process.pid)
        (worker,) = master.children()
        worker.kill()
        wait_until(lambda: is_up(port) and master.children() != [worker])
        (successor,) = master.children()
        memory = successor.memory_full_info()
        assert memory.uss < OWN_PART * memory.rss
