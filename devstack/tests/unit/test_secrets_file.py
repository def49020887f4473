"""The file with keys and passwords."""

import base64
import json
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest

from devstack import secrets_file
from devstack.failures import StackFailure
from devstack.private_file import write_private
from devstack.secrets_file import load_or_make


def test_only_the_owner_may_read_the_secrets(tmp_path: Path) -> None:
    load_or_make(tmp_path / "secrets.json")
    assert (tmp_path / "secrets.json").stat().st_mode & 0o777 == 0o600


def test_secrets_are_made_once(tmp_path: Path) -> None:
    assert load_or_make(tmp_path / "secrets.json") == load_or_make(tmp_path / "secrets.json")


def test_no_two_stacks_share_a_secret(tmp_path: Path) -> None:
    one, other = (load_or_make(tmp_path / name).model_dump() for name in ("one", "other"))
    assert not set(one.values()) & set(other.values())


def test_every_secret_is_as_strong_as_the_services_require(tmp_path: Path) -> None:
    found = load_or_make(tmp_path / "secrets.json")
    assert len(found.django_secret_key) >= 50
    assert all(len(value) >= 20 for value in found.model_dump().values())
    for secret in (found.ticket_webhook_secret, found.client_webhook_secret):
        assert 24 <= len(base64.b64decode(secret.removeprefix("whsec_"))) <= 64


def test_a_secret_that_is_missing_in_an_older_file_is_added_and_the_others_stay(tmp_path: Path) -> None:
    path = tmp_path / "secrets.json"
    before = load_or_make(path).model_dump()
    del before["organizer_key"]
    path.write_text(json.dumps(before))
    after = load_or_make(path).model_dump()
    assert after.pop("organizer_key")
    assert after == before


def test_a_damaged_file_is_reported_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "secrets.json").write_text("{")
    with pytest.raises(StackFailure, match="is damaged"):
        load_or_make(tmp_path / "secrets.json")


def test_two_processes_that_start_at_the_same_time_get_the_same_secrets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    both_about_to_write = threading.Barrier(2)

    def write_when_the_other_is_here(path: Path, text: str) -> None:
        with suppress(threading.BrokenBarrierError):
            both_about_to_write.wait(0.3)
        write_private(path, text)

    monkeypatch.setattr(secrets_file, "write_private", write_when_the_other_is_here)
    with ThreadPoolExecutor(2) as pool:
        one, other = pool.map(load_or_make, [tmp_path / "home" / "secrets.json"] * 2)
    assert one == other
