"""At its start the service warns of secrets that the repository publishes, and of no others."""

from __future__ import annotations

import base64
import json

import pytest
from servicekit.public_keys import warn_of_public_keys
from structlog.testing import capture_logs
from support.process import environment
from ticketing.settings import Settings, load_settings

PUBLIC_WEBHOOK_SECRET = "whsec_" + base64.b64encode(b"demo-webhook-secret-replace").decode()
PUBLIC = {
    "DATABASE_URL": "postgresql://ticket:demo-password@ticket-db/ticket",
    "API_KEYS": json.dumps({"client": {"key": "demo-ticket-key-0123456789", "scopes": ["*"]}}),
    "PAYMENT_API_KEY": "demo-payment-key-0123456789",
    "TICKET_WEBHOOK_SECRET": PUBLIC_WEBHOOK_SECRET,
    "CLIENT_WEBHOOK_SECRET": PUBLIC_WEBHOOK_SECRET,
    "S3_ACCESS_KEY": "demo-minio-user",
    "S3_SECRET_KEY": "demo-minio-password",
}


@pytest.fixture
def env(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    private = {"S3_ACCESS_KEY": "an-access-key", "S3_SECRET_KEY": "a-secret-key"}
    for name, value in environment(settings, **private).items():
        monkeypatch.setenv(name, value)
    return monkeypatch


def warned() -> list[list[str]]:
    with capture_logs() as lines:
        warn_of_public_keys(load_settings().secrets())
    assert all(line["event"] == "settings.public_keys" and line["log_level"] == "warning" for line in lines)
    return [line["variables"] for line in lines]


def test_private_keys_need_no_warning(env: pytest.MonkeyPatch) -> None:
    assert warned() == []


@pytest.mark.parametrize("variable", PUBLIC)
def test_a_public_key_is_named(env: pytest.MonkeyPatch, variable: str) -> None:
    env.setenv(variable, PUBLIC[variable])
    assert warned() == [[variable]]


def test_all_public_keys_are_named_in_one_warning_without_their_values(env: pytest.MonkeyPatch) -> None:
    for name, value in PUBLIC.items():
        env.setenv(name, value)
    assert warned() == [list(PUBLIC)]


def test_the_newest_of_several_webhook_secrets_may_be_private(env: pytest.MonkeyPatch) -> None:
    private = "whsec_" + base64.b64encode(b"nobody-knows-this-secret").decode()
    env.setenv("TICKET_WEBHOOK_SECRET", f"{private} {PUBLIC_WEBHOOK_SECRET}")
    assert warned() == [["TICKET_WEBHOOK_SECRET"]]
