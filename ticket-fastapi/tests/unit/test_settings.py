"""A missing or invalid setting ends the start with one sentence."""

from __future__ import annotations

import pytest
from support.process import environment
from ticketing.settings import Settings, load_settings

WRONG = [
    ({"API_KEYS": ""}, "API_KEYS"),
    ({"API_KEYS": "{}"}, "API_KEYS"),
    ({"API_KEYS": '{"client": {"key": "short", "scopes": []}}'}, "API_KEYS"),
    ({"API_KEYS": "not json"}, "API_KEYS"),
    ({"PAYMENT_API_KEY": "x" * 23}, "PAYMENT_API_KEY"),
    ({"DATABASE_URL": "mysql://x/y"}, "DATABASE_URL"),
    ({"PAYMENT_URL": "payment:8002"}, "PAYMENT_URL"),
    ({"CLIENT_WEBHOOK_SECRET": "whsec_"}, "CLIENT_WEBHOOK_SECRET"),
    ({"CLIENT_WEBHOOK_SECRET": "whsec_c2hvcnQ="}, "CLIENT_WEBHOOK_SECRET"),
    ({"CLIENT_WEBHOOK_SECRET": "c2hvcnQgYnV0IHdpdGhvdXQgcHJlZml4IGFuZCBtb3Jl"}, "CLIENT_WEBHOOK_SECRET"),
    ({"TICKET_WEBHOOK_SECRET": " "}, "TICKET_WEBHOOK_SECRET"),
    ({"S3_SECRET_KEY": "short"}, "S3_SECRET_KEY"),
    ({"S3_ENDPOINT": "minio:9000"}, "S3_ENDPOINT"),
    ({"S3_ENDPOINT": "ftp://minio"}, "S3_ENDPOINT"),
    ({"S3_ENDPOINT": "http://"}, "S3_ENDPOINT"),
    ({"S3_ENDPOINT": "https://files.example.com/minio"}, "S3_ENDPOINT"),
    ({"S3_ENDPOINT": "https://files.example.com/?x=1"}, "S3_ENDPOINT"),
    ({"S3_ENDPOINT": "https://user:pass@files.example.com"}, "S3_ENDPOINT"),
    ({"S3_PUBLIC_ENDPOINT": "https://files.example.com/minio/"}, "S3_PUBLIC_ENDPOINT"),
    ({"S3_REGION": ""}, "S3_REGION"),
    ({"S3_REGION": "eu central"}, "S3_REGION"),
    ({"S3_BUCKET": "Tickets"}, "S3_BUCKET"),
    ({"DATABASE_URL": "not a url"}, "DATABASE_URL"),
    ({"DATABASE_URL": "postgresql://u@host:99999/x"}, "DATABASE_URL"),
    ({"HOLD_SECONDS": "0"}, "HOLD_SECONDS"),
    ({"HOLD_SECONDS": "nan"}, "HOLD_SECONDS"),
    ({"LOG_LEVEL": "loud"}, "LOG_LEVEL"),
    ({"CRASH_POINT_FILE": "/tmp/x"}, "CRASH_POINT_FILE"),
]


@pytest.fixture
def env(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name, value in environment(settings).items():
        monkeypatch.setenv(name, value)
    return monkeypatch


@pytest.mark.parametrize("endpoint", ["http://minio:9000", "https://files.example.com", "https://files.example.com/"])
def test_an_object_store_is_named_by_host_and_port(env: pytest.MonkeyPatch, endpoint: str) -> None:
    env.setenv("S3_PUBLIC_ENDPOINT", endpoint)
    env.setenv("S3_REGION", "ap-southeast-3")
    loaded = load_settings()
    assert (loaded.s3_public_endpoint, loaded.s3_region) == (endpoint.rstrip("/"), "ap-southeast-3")


def test_settings_that_are_not_set_have_their_defaults(env: pytest.MonkeyPatch) -> None:
    loaded = load_settings()
    assert (loaded.hold_seconds, loaded.offer_seconds, loaded.promotion_attempts) == (900, 900, 10)
    assert loaded.s3_region == "us-east-1"
    assert (loaded.organizer_timeout_seconds, loaded.organizer_attempts, loaded.ticket_link_seconds) == (5, 1, 300)


@pytest.mark.parametrize(("change", "named"), WRONG)
def test_a_wrong_setting_is_named_but_its_value_is_not_shown(
    env: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], change: dict[str, str], named: str
) -> None:
    for name, value in change.items():
        env.setenv(name, value)
    with pytest.raises(SystemExit) as ended:
        load_settings()
    said = capsys.readouterr().err
    assert ended.value.code == 2
    assert said.count("\n") == 1
    assert said.startswith(f"The ticket service cannot start: {named} ")
    # The message about a webhook secret names the prefix that it needs.
    assert not [value for value in change.values() if len(value) > 2 and value != "whsec_" and value in said]


@pytest.mark.parametrize("name", ["DATABASE_URL", "API_KEYS", "TICKET_WEBHOOK_SECRET", "S3_SECRET_KEY", "PAYMENT_URL"])
def test_a_missing_setting_is_named(env: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str) -> None:
    env.delenv(name)
    with pytest.raises(SystemExit):
        load_settings()
    assert capsys.readouterr().err == f"The ticket service cannot start: {name} is missing.\n"
