"""The home of a stack, and the messages about an unusable one."""

import errno
import os
from pathlib import Path

import pytest

from devstack import unusable_folder
from devstack.failures import StackFailure
from devstack.home import Home
from devstack.postgres import PostgresServer

SOMEBODY = 12345


def forget(_path: Path, _mode: int) -> None:
    """Acts like a file system that ignores permissions without an error."""


def refuse(path: Path, _mode: int) -> None:
    """Acts like a file system that refuses permissions with an error."""
    raise PermissionError(errno.EPERM, "Operation not permitted", str(path))


@pytest.mark.parametrize("chmod", [forget, refuse])
def test_a_file_system_without_permissions_is_reported(
    home: Home, monkeypatch: pytest.MonkeyPatch, chmod: object
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(Path, "chmod", chmod)
        with pytest.raises(StackFailure) as failure:
            home.make()
    assert f"The folder {home.path} cannot be used: its file system does not keep permissions" in failure.value.sentence


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder to somebody else")
def test_a_folder_of_another_user_is_reported(home: Home) -> None:
    home.run.mkdir(parents=True)
    os.chown(home.run, SOMEBODY, SOMEBODY)
    with pytest.raises(StackFailure, match="belongs to another user"):
        home.make()


def test_a_usable_home_is_created_and_can_be_created_again(home: Home) -> None:
    home.make()
    home.make()
    assert home.run.stat().st_mode & 0o777 == 0o700
    assert not home.is_full()


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("initdb: error: could not write to file: No space left on device", unusable_folder.FULL),
        ('initdb: error: could not change permissions of directory "x": nope', unusable_folder.NO_PERMISSIONS_KEPT),
        ('initdb: error: directory "x" exists but is not empty', "it holds files that are no database"),
        ("initdb: error: something else", "PostgreSQL could not make its files there (its own words are in"),
    ],
)
def test_the_output_of_initdb_becomes_a_plain_reason_and_is_written_to_a_file(
    tmp_path: Path, said: str, reason: str
) -> None:
    server = PostgresServer(tmp_path / "postgres", 1, "password", {})
    assert server._why(said).startswith(reason)
    assert (tmp_path / "initdb.log").read_text() == said


def test_a_data_directory_that_initdb_refuses_is_reported_in_one_sentence(home: Home) -> None:
    home.make()
    home.postgres.mkdir()
    (home.postgres / "mine").touch()
    with pytest.raises(StackFailure) as failure:
        PostgresServer(home.postgres, 1, "password", {}).command()
    assert f"The folder {home.postgres} cannot be used: it holds files that are no database." in failure.value.sentence


@pytest.mark.parametrize(
    ("error", "is_ours"),
    [
        (OSError(errno.ENOENT, "", "/srv/stack/run/x"), True),
        (OSError(errno.EACCES, "", "/srv"), True),
        (OSError(errno.ENOSPC, "", "/somewhere/else"), True),
        (OSError(errno.ENOENT, "", "/somewhere/else"), False),
        (OSError("no file"), False),
    ],
)
def test_only_errors_in_the_home_are_explained_by_it(error: OSError, is_ours: bool) -> None:
    assert unusable_folder.is_about(Path("/srv/stack"), error) is is_ours
