"""A missing or weak setting stops the start with one sentence that names it."""

from __future__ import annotations

import pytest
from payments.settings import Settings, load_settings
from servicekit.public_keys import warn_of_public_keys
from structlog.testing import capture_logs
from support.process import environment

WRONG = [
    ({"API_KEYS": ""}, "API_KEYS"),
    ({"API_KEYS": "{}"}, "API_KEYS"),
    ({"API_KEYS": '{"ticket": {"key": "short", "scopes": []}}'}, "API_KEYS"),
    ({"API_KEYS": "not json"}, "API_KEYS"),
    ({"DATABASE_URL": "mysql://x/y"}, "DATABASE_URL"),
    ({"PUBLIC_URL": "payment:8002"}, "PUBLIC_URL"),
    ({"WEBHOOK_URL": "ftp://x"}, "WEBHOOK_URL"),
    ({"WEBHOOK_SECRET": "whsec_"}, "WEBHOOK_SECRET"),
    ({"WEBHOOK_SECRET": "whsec_c2hvcnQ="}, "WEBHOOK_SECRET"),
    ({"WEBHOOK_SECRET": "c2hvcnQgYnV0IHdpdGhvdXQgcHJlZml4IGFuZCBtb3Jl"}, "WEBHOOK_SECRET"),
    ({"PAYMENT_FAILURE_RATE": "1.1"}, "PAYMENT_FAILURE_RATE"),
    ({"PAYMENT_PROCESSING_SECONDS": "nan"}, "PAYMENT_PROCESSING_SECONDS"),
    ({"PAYMENT_SEED": "-1"}, "PAYMENT_SEED"),
    ({"SWEEP_SECONDS": "0"}, "SWEEP_SECONDS"),
    ({"LOG_LEVEL": "loud"}, "LOG_LEVEL"),
    ({"CRASH_POINT_FILE": "/tmp/x", "SIMULATION_CONTROLS": "false"}, "CRASH_POINT_FILE"),
]
DEFAULTED = ("PAYMENT_FAILURE_RATE", "PAYMENT_PROCESSING_SECONDS", "SIMULATION_CONTROLS", "SWEEP_SECONDS")


@pytest.fixture
def env(base_settings: Settings, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name, value in environment(base_settings).items():
        monkeypatch.setenv(name, value)
    return monkeypatch


def test_settings_that_are_not_given_have_the_defaults_of_the_design(env: pytest.MonkeyPatch) -> None:
    for name in DEFAULTED:
        env.delenv(name)
    env.setenv("PAYMENT_SEED", "")
    loaded = load_settings()
    assert (loaded.payment_failure_rate, loaded.payment_processing_seconds) == (0.1, 2)
    assert (loaded.payment_seed, loaded.simulation_controls, loaded.heartbeat_file) == (None, False, None)


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
    assert named in said
    assert "not json" not in said
    assert "short" not in said


@pytest.mark.parametrize("name", ["DATABASE_URL", "API_KEYS", "PUBLIC_URL", "WEBHOOK_URL", "WEBHOOK_SECRET"])
def test_a_missing_setting_is_named(env: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str) -> None:
    env.delenv(name)
    with pytest.raises(SystemExit):
        load_settings()
    assert capsys.readouterr().err == f"The payment service cannot start: {name} is missing.\n"


def test_private_keys_cause_no_warning_and_a_public_password_causes_one(env: pytest.MonkeyPatch) -> None:
    with capture_logs() as lines:
        warn_of_public_keys(load_settings().secrets())
        assert lines == []
        env.setenv("DATABASE_URL", "postgresql://payment:demo-password@postgres/payment")
        warn_of_public_keys(load_settings().secrets())
    assert [line["variables"] for line in lines] == [["DATABASE_URL"]]
