"""Each command reports an unusable TICKETING_HOME in one sentence that names the folder."""

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from devstack import cli
from devstack.deadlines import stretched
from devstack.home import REPOSITORY
from devstack.privileges import UNPRIVILEGED_USER

COMMAND_SECONDS = 60
MAY_MOUNT = bool(shutil.which("unshare")) and subprocess.run(["unshare", "--mount", "true"]).returncode == 0
needs_mount = pytest.mark.skipif(not MAY_MOUNT, reason="no right to mount a small or read-only disk on this machine")
LOOKING = ["env", "reset --yes", "status", "logs", "down"]

Dev = Callable[[Path | str, str], tuple[int, str]]


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path
    for path in tmp_path.rglob("*"):
        if path.is_dir():
            path.chmod(0o755)


@pytest.fixture
def dev(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Dev:
    """Runs `./dev` in this process with this home; returns its standard error and exit status."""

    def run(home: Path | str, command: str) -> tuple[int, str]:
        monkeypatch.setenv("TICKETING_HOME", str(home))
        monkeypatch.setattr(sys, "argv", ["./dev", *command.split()])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        return int(ended.value.code or 0), capsys.readouterr().err

    return run


def dev_on(mount: str, home: Path, command: str) -> tuple[int, str]:
    """Runs `./dev` as a process in a mount namespace of its own, after the shell command `mount`."""
    script = f"{mount} && exec {shlex.quote(sys.executable)} -m devstack {command}"
    done = subprocess.run(
        ["unshare", "--mount", "sh", "-c", script],
        env={**os.environ, "TICKETING_HOME": str(home), "PYTHONPATH": str(REPOSITORY)},
        capture_output=True,
        text=True,
        timeout=stretched(COMMAND_SECONDS),
    )
    return done.returncode, done.stderr


def expect(ended: tuple[int, str], folder: Path | str, reason: str) -> None:
    status, said = ended
    assert status == 1, said
    assert said.count("\n") == 1, said
    assert f"The folder {folder} cannot be used: {reason}" in said
    assert "choose another folder: TICKETING_HOME" in said


@pytest.mark.parametrize("command", ["up --detach", "env"])
def test_a_file_in_place_of_the_folder_is_named(dev: Dev, folder: Path, command: str) -> None:
    (folder / "file").write_text("mine")
    for home in (folder / "file", folder / "file" / "below"):
        expect(dev(home, command), home, f"{folder / 'file'} is a file and no folder")
    assert (folder / "file").read_text() == "mine"


@pytest.mark.parametrize("command", ["up --detach", "env"])
def test_a_path_that_is_too_long_is_refused(dev: Dev, folder: Path, command: str) -> None:
    home = folder / ("long" * 100)
    expect(dev(home, command), home, "its path is too long")


def test_the_home_directory_of_an_unknown_user_is_refused(dev: Dev) -> None:
    expect(dev("~nobody-of-this-name/stack", "env"), "~nobody-of-this-name/stack", "Could not determine home")


def test_too_long_a_path_for_the_control_socket_is_reported(
    dev: Dev, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A home with a long path has its socket in the folder for temporary files; here that path is long, too."""
    temporary = folder / ("t" * 100)
    temporary.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    status, said = dev(folder / ("h" * 100), "up --detach")
    assert (status, said.count("\n")) == (1, 1), said
    assert f"The folder {temporary}" in said
    assert "it cannot hold a Unix socket" in said


@needs_mount
@pytest.mark.parametrize("command", ["up --detach", "env"])
def test_a_read_only_disk_is_reported(folder: Path, command: str) -> None:
    ended = dev_on(f"mount -t tmpfs -o ro none {folder}", folder / "home", command)
    expect(ended, folder / "home", "its file system is read-only")


@needs_mount
@pytest.mark.parametrize("size", ["4k", "150m"])
def test_a_small_disk_is_refused_before_anything_is_started(folder: Path, size: str) -> None:
    ended = dev_on(f"mount -t tmpfs -o size={size} none {folder}", folder / "home", "up --detach")
    expect(ended, folder / "home", "its disk is full")


@needs_mount
def test_commands_that_only_read_report_a_full_disk(folder: Path) -> None:
    fill = f"mount -t tmpfs -o size=1m,nr_inodes=3 none {folder} && mkdir {folder}/home && touch {folder}/last"
    expect(dev_on(fill, folder / "home", "env"), folder / "home", "its disk is full")


@pytest.mark.skipif(os.geteuid() == 0 and not shutil.which("setpriv"), reason="root may write everywhere")
@pytest.mark.parametrize("command", ["up --detach", "env"])
def test_a_folder_without_permission_is_reported(folder: Path, command: str) -> None:
    home = folder / "closed" / "home"
    home.parent.mkdir()
    for path in (folder, folder.parent, folder.parent.parent):
        path.chmod(0o755)
    home.parent.chmod(0o555)
    drop = ["setpriv", f"--reuid={UNPRIVILEGED_USER}", "--clear-groups"] if os.geteuid() == 0 else []
    done = subprocess.run(
        [*drop, sys.executable, "-m", "devstack", *command.split()],
        env={**os.environ, "TICKETING_HOME": str(home), "PYTHONPATH": str(REPOSITORY), "PYTHONDONTWRITEBYTECODE": "1"},
        cwd="/",
        capture_output=True,
        text=True,
        timeout=stretched(COMMAND_SECONDS),
    )
    expect((done.returncode, done.stderr), home, "you have no permission to write there")


@pytest.mark.parametrize("command", LOOKING)
def test_commands_that_only_read_accept_a_home_that_is_no_folder(dev: Dev, folder: Path, command: str) -> None:
    (folder / "file").touch()
    _, said = dev(folder / "file", command)
    assert "Errno" not in said
