"""The `.env` of docker compose contains no public key."""

import base64
import os
from pathlib import Path

import pytest

from devstack import compose_environment
from devstack.compose_environment import EXAMPLE, SETTING, is_public, write
from devstack.failures import StackFailure


def settings(text: str) -> dict[str, str]:
    return dict(SETTING.findall(text))


@pytest.fixture
def written(tmp_path: Path) -> dict[str, str]:
    write(tmp_path / ".env")
    return settings((tmp_path / ".env").read_text())


def test_every_public_key_is_replaced_and_everything_else_stays(written: dict[str, str]) -> None:
    example = settings(EXAMPLE.read_text())
    public = {name for name, value in example.items() if is_public(value)}
    assert {"SECRET_KEY", "TICKET_WEBHOOK_SECRET", "STAFF_PASSWORD", "S3_ACCESS_KEY", "CLIENT_DB_PASSWORD"} <= public
    assert list(written) == list(example)
    assert [name for name in written if is_public(written[name])] == []
    assert {name for name in written if written[name] != example[name]} == public


def test_each_key_is_as_strong_as_its_service_requires(written: dict[str, str]) -> None:
    assert len(written["SECRET_KEY"]) >= 50
    assert all(len(written[f"{name}_API_KEY"]) >= 24 for name in ("TICKET", "PAYMENT", "ORGANIZER"))
    for name in ("CLIENT_WEBHOOK_SECRET", "TICKET_WEBHOOK_SECRET", "VIEWER_ADDRESS_SECRET"):
        assert 24 <= len(base64.b64decode(written[name].removeprefix("whsec_"), validate=True)) <= 64


def test_no_two_keys_and_no_two_files_are_alike(tmp_path: Path) -> None:
    files = [tmp_path / name for name in ("one", "other")]
    replaced = [write(file) for file in files]
    values = [settings(file.read_text())[name] for file, names in zip(files, replaced, strict=True) for name in names]
    assert len(values) == len(set(values)) == 2 * len(replaced[0])


def test_only_the_owner_may_read_it_whatever_the_umask_and_the_old_file(tmp_path: Path) -> None:
    target = tmp_path / ".env"
    target.touch(mode=0o666)
    before = os.umask(0)
    try:
        write(target, force=True)
    finally:
        os.umask(before)
    assert target.stat().st_mode & 0o777 == 0o600


def test_an_existing_file_is_not_overwritten(tmp_path: Path) -> None:
    target = tmp_path / ".env"
    target.write_text("CLIENT_PORT=9999\n")
    with pytest.raises(StackFailure, match="is there already"):
        write(target)
    assert target.read_text() == "CLIENT_PORT=9999\n"


def test_a_new_public_key_in_the_example_is_replaced_without_a_list_of_names() -> None:
    text = compose_environment.with_random_keys("SMS_PROVIDER_KEY=demo-key-of-a-provider\nSMS_SENDER=Tickets\n")
    assert "demo-" not in text
    assert "SMS_SENDER=Tickets" in text
