"""The folder through which the processes of one service count together is not left behind."""

import os
from pathlib import Path

import httpx
import pytest

from config import gunicorn
from tests.api.conftest import database_url
from tests.processes import HTTP, running, unused_port, wait_until

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(180)]


def test_the_folder_goes_with_the_service(tmp_path: Path) -> None:
    port = unused_port()

    def is_up() -> bool:
        try:
            return httpx.get(f"http://127.0.0.1:{port}/metrics").is_success
        except httpx.TransportError:
            return False

    settings = {"DATABASE_URL": database_url(), "PORT": str(port), "WEB_WORKERS": "2", "TMPDIR": str(tmp_path)}
    with running(HTTP, tmp_path / "log", **settings):
        wait_until(is_up)
        (folder,) = tmp_path.glob("client-metrics-*")
        assert any(folder.glob("*.db"))
    assert not folder.exists()


def test_what_a_killed_service_has_left_in_a_folder_that_was_given_is_not_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(gunicorn.METRICS_FOLDER, str(tmp_path / "metrics"))
    gunicorn.prepare_metrics()
    left, other = tmp_path / "metrics" / "counter_1.db", tmp_path / "metrics" / "other"
    for file in (left, other):
        file.write_bytes(b"x")
    gunicorn.prepare_metrics()
    assert (left.exists(), other.exists()) == (False, True)
    assert os.environ[gunicorn.METRICS_FOLDER] == str(tmp_path / "metrics")
