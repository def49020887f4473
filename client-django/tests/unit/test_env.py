"""The service refuses to start on a missing or weak setting, with one sentence that names it and never shows it."""

import base64
from collections.abc import Callable

import pytest

from config.env import Environment, environment


@pytest.fixture
def start(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """Reads a changed environment; returns the sentence with which the process ends (status 2)."""

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
        assert stopped.value.code == 2
        return capsys.readouterr().err

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
        ("DATABASE_URL", "postgresql://u:p@:5432/db", "must be postgresql://"),
        ("DATABASE_URL", "postgresql://u:p@h:port/db", "must be postgresql://"),
        ("DATABASE_URL", "postgresql://u:p@h:5432/d%00b", "must be postgresql://"),
        ("TICKET_URL", "http://ticket:port", "must be an http:// or https:// address"),
        ("TICKET_READ_SECONDS", "4.5", "less than or equal to 4"),
        ("TICKET_CHANGE_SECONDS", "10", "less than or equal to 9"),
        ("DEFAULT_TIME_ZONE", "Mars/Olympus", "must be the name of a time zone, such as Asia/Jakarta"),
        ("DEFAULT_TIME_ZONE", "WIB", "must be the name of a time zone, such as Asia/Jakarta"),
        ("EMAIL_FROM", "Tickets\r\nBcc: x@example.com", "must be one line"),
        ("FRONTEND_URL", f"http://{'x' * 400}", "at most 400 characters"),
    ],
)
def test_an_unusable_setting_stops_the_start(start: Callable[..., str], name: str, value: str, reason: str) -> None:
    sentence = start(**{name: value})
    assert sentence.count("\n") == 1
    assert sentence.startswith("The client service cannot start: ")
    assert name in sentence
    assert reason in sentence
    assert not value.strip() or value not in sentence.replace("postgresql://", "")


def test_secrets_are_a_list_so_that_they_can_be_rotated() -> None:
    assert len(environment().webhook_secrets) == 2


def test_addresses_lose_their_last_slash() -> None:
    values = environment().model_dump() | {"ticket_url": "http://ticket:8001/"}
    assert Environment.model_validate(values).ticket_url == "http://ticket:8001"


def test_a_call_to_ticket_has_four_seconds_to_read_and_nine_to_change() -> None:
    fields = Environment.model_fields
    assert (fields["ticket_read_seconds"].default, fields["ticket_change_seconds"].default) == (4, 9)


WEBHOOK = "whsec_" + base64.b64encode(b"demo-webhook-secret-of-this-repository").decode()


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({}, []),
        ({"secret_key": "demo-secret-key-" + "0123456789" * 4}, ["SECRET_KEY"]),
        ({"ticket_api_key": "demo-ticket-key-demo-ticket-key"}, ["TICKET_API_KEY"]),
        ({"client_webhook_secret": f"{environment().webhook_secrets[0]} {WEBHOOK}"}, ["CLIENT_WEBHOOK_SECRET"]),
        ({"client_webhook_secret": WEBHOOK.replace("whsec_", "whsec_demo")}, []),
        ({"database_url": "postgresql://client:demo-password@db:5432/client"}, ["DATABASE_URL"]),
        ({"database_url": "postgresql://demo-user:secret@demo-db:5432/demo-client"}, []),
    ],
)
def test_keys_that_begin_with_demo_are_public(changes: dict[str, str], named: list[str]) -> None:
    settings = environment().model_dump() | {"database_url": "postgresql://u:p@h:1/d"} | changes
    assert Environment.model_construct(**settings).public_keys == named
