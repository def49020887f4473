"""The service refuses to start on a missing or weak setting, with one sentence that names it and never shows it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from config.env import Environment, environment

FOLDER = Path(__file__).resolve().parents[2]


@pytest.fixture
def start(monkeypatch: pytest.MonkeyPatch) -> object:
    def attempt(**changes: str) -> str:
        for name, value in changes.items():
            monkeypatch.setenv(name, value)
        environment.cache_clear()
        try:
            with pytest.raises(SystemExit) as stopped:
                environment()
        finally:
            monkeypatch.undo()
            environment.cache_clear()
        return str(stopped.value)

    return attempt


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("SECRET_KEY", "", "is not set"),
        ("SECRET_KEY", "short", "must be at least 50 characters"),
        ("SECRET_KEY", "ab" * 40, "too easy to guess"),
        ("DATABASE_URL", "mysql://u:p@h/db", "must be postgresql://"),
        ("DATABASE_URL", "postgresql://u:p@h", "must be postgresql://"),
        ("TICKET_API_KEY", "short", "at least 24 characters"),
        ("TICKET_URL", "ticket:8001", "must be an http:// or https:// address"),
        ("CLIENT_WEBHOOK_SECRET", " ", "at least one secret"),
        ("CLIENT_WEBHOOK_SECRET", "secret", "must be whsec_ followed by base64"),
        ("CLIENT_WEBHOOK_SECRET", "whsec_???", "must be whsec_ followed by base64"),
        ("CLIENT_WEBHOOK_SECRET", "whsec_c2hvcnQ=", "between 24 and 64 bytes"),
        ("THROTTLE_AUTH", "many", "must be a number per period"),
        ("PORT", "http", "valid integer"),
    ],
)
def test_an_unusable_setting_stops_the_start(start: object, name: str, value: str, reason: str) -> None:
    sentence = start(**{name: value})  # type: ignore[operator]
    assert sentence.startswith("The client service cannot start: ")
    assert name in sentence
    assert reason in sentence
    assert not value.strip() or value not in sentence.replace("postgresql://", "")


def test_secrets_are_a_list_so_that_they_can_be_rotated() -> None:
    assert len(environment().webhook_secrets) == 2


def test_addresses_lose_their_last_slash() -> None:
    values = environment().model_dump() | {"ticket_url": "http://ticket:8001/"}
    assert Environment.model_validate(values).ticket_url == "http://ticket:8001"


@pytest.mark.parametrize(
    "command", [["manage.py", "check"], ["-m", "gunicorn", "-c", "config/gunicorn.py", "config.wsgi"]]
)
def test_the_process_ends_with_the_sentence_and_no_traceback(command: list[str]) -> None:
    surroundings = {name: value for name, value in os.environ.items() if name != "SECRET_KEY"}
    done = subprocess.run(
        [sys.executable, *command],
        cwd=FOLDER,
        env=surroundings,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode != 0
    assert "The client service cannot start: SECRET_KEY is not set" in done.stderr
    assert "Traceback" not in done.stderr
