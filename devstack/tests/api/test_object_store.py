"""The bundled S3 server verifies signatures."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from shutil import which

import httpx
import pytest

from devstack import bucket, object_store, throwaway_servers
from devstack.failures import StackFailure
from devstack.throwaway_servers import ThrowawayServers


@pytest.fixture(scope="module", params=["rclone", "minio"])
def servers(request: pytest.FixtureRequest) -> Iterator[ThrowawayServers]:
    with pytest.MonkeyPatch.context() as patch:
        if request.param == "rclone":
            patch.setattr(shutil, "which", lambda name: None if name == "minio" else which(name))
        elif which("minio") is None:
            pytest.skip("no MinIO on this machine")
        with throwaway_servers.running() as found:
            yield found


def test_it_takes_a_request_that_is_signed_with_our_key(servers: ThrowawayServers) -> None:
    assert bucket.answers(servers.object_store)


def test_it_refuses_a_wrong_key(servers: ThrowawayServers) -> None:
    wrong = replace(servers.object_store, secret_key="guessed" * 5)
    assert not bucket.answers(wrong)
    with pytest.raises(StackFailure, match="cannot be used"):
        bucket.make_bucket(wrong)


def test_a_presigned_link_opens_an_object_and_a_tampered_one_does_not(
    servers: ThrowawayServers, tmp_path: Path
) -> None:
    access = servers.object_store
    bucket.make_bucket(access)
    client = bucket.connect(access)
    (tmp_path / "a.pdf").write_bytes(b"%PDF")
    client.fput_object(access.bucket, "a.pdf", str(tmp_path / "a.pdf"))
    link = client.presigned_get_object(access.bucket, "a.pdf", expires=timedelta(minutes=1))
    assert httpx.get(link).content == b"%PDF"
    assert httpx.get(link[:-4] + "0000").status_code == 403
    assert httpx.get(link.partition("?")[0]).status_code in (400, 403)


def test_making_the_bucket_again_changes_nothing(servers: ThrowawayServers) -> None:
    bucket.make_bucket(servers.object_store)
    bucket.make_bucket(servers.object_store)


def test_a_folder_stays_with_the_program_that_filled_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _name: None)
    assert not object_store.server(tmp_path, 1, 2, "key", "secret").has_console
    monkeypatch.setattr(shutil, "which", lambda name: f"/usr/bin/{name}")
    assert not object_store.server(tmp_path, 1, 2, "key", "secret").has_console
    assert object_store.server(tmp_path / "new", 1, 2, "key", "secret").has_console


def test_the_secret_key_does_not_show_in_the_process_list(tmp_path: Path) -> None:
    assert "secret-secret" not in " ".join(object_store.server(tmp_path, 1, 2, "key", "secret-secret").command)
