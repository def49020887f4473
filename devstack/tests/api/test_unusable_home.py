"""A TICKETING_HOME that cannot be used: each command says so in one plain sentence that names the folder."""

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from devstack.deadlines import stretched
from devstack.home import REPOSITORY
from devstack.privileges import UNPRIVILEGED_USER

COMMAND_SECONDS = 60
MAY_MOUNT = (
    subprocess.run(["unshare", "--mount", "true"], capture_output=True).returncode == 0
    if shutil.which("unshare")
    else False
)
needs_mount = pytest.mark.skipif(not MAY_MOUNT, reason="no right to mount a small or read-only disk on this machine")
READING = ["env", "reset --yes", "status", "logs", "down"]


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path
    for path in tmp_path.rglob("*"):
        if path.is_dir():
            path.chmod(0o755)


def dev(home: Path | str, command: str, *, before: str = ":", **variables: str) -> "subprocess.CompletedProcess[str]":
    """`./dev` with this home, in a mount namespace of its own after the shell command `before`."""
    script = f"{before} && exec {shlex.quote(str(REPOSITORY / 'dev'))} {command}"
    namespace = ["unshare", "--mount"] if before != ":" else []
    return subprocess.run(
        [*namespace, "sh", "-c", script],
        env={**os.environ, "TICKETING_HOME": str(home), "COLUMNS": "80", **variables},
        capture_output=True,
        text=True,
        timeout=stretched(COMMAND_SECONDS),
    )


def told(done: "subprocess.CompletedProcess[str]", folder: Path, reason: str) -> None:
    assert done.returncode == 1, done.stdout + done.stderr
    assert done.stderr.count("\n") == 1, done.stderr
    assert f"The folder {folder}" in done.stderr
    assert f"cannot be used: {reason}" in done.stderr
    assert "choose another folder: TICKETING_HOME" in done.stderr


@pytest.mark.parametrize("command", ["up --detach", "env"])
def test_a_file_in_the_way_is_named(folder: Path, command: str) -> None:
    (folder / "file").write_text("mine")
    for home in (folder / "file", folder / "file" / "below"):
        told(dev(home, command), home, f"{folder / 'file'} is a file and no folder")
    assert (folder / "file").read_text() == "mine"


@pytest.mark.parametrize("command", ["up --detach", "env"])
def test_a_path_that_is_too_long_is_refused(folder: Path, command: str) -> None:
    home = folder / ("long" * 100)
    told(dev(home, command), home, "its path is too long")


def test_a_home_of_somebody_who_is_not_known_is_refused() -> None:
    told(dev("~nobody-of-this-name/stack", "env"), Path("~nobody-of-this-name/stack"), "Could not determine home")


def test_a_control_socket_that_has_no_place_is_told(folder: Path) -> None:
    """The way out for a home with a long path is the folder for temporary files; here that is long as well."""
    home, temporary = folder / ("h" * 100), folder / ("t" * 100)
    temporary.mkdir()
    done = dev(home, "up --detach", TMPDIR=str(temporary))
    assert (done.returncode, done.stderr.count("\n")) == (1, 1), done.stderr
    assert "it cannot hold a Unix socket" in done.stderr


@needs_mount
@pytest.mark.parametrize("command", ["up --detach", "env"])
def test_a_read_only_disk_is_told(folder: Path, command: str) -> None:
    mount = f"mount -t tmpfs -o ro none {folder}"
    told(dev(folder / "home", command, before=mount), folder / "home", "its file system is read-only")


@needs_mount
@pytest.mark.parametrize("size", ["4k", "30m", "150m"])
def test_a_small_disk_is_refused_before_anything_is_started(folder: Path, size: str) -> None:
    mount = f"mount -t tmpfs -o size={size} none {folder}"
    told(dev(folder / "home", "up --detach", before=mount), folder / "home", "its disk is full")


@needs_mount
def test_a_full_disk_is_told_by_commands_that_only_look(folder: Path) -> None:
    fill = f"mount -t tmpfs -o size=1m,nr_inodes=3 none {folder} && mkdir {folder}/home && touch {folder}/last"
    told(dev(folder / "home", "env", before=fill), folder / "home", "its disk is full")


@pytest.mark.skipif(os.geteuid() == 0 and not shutil.which("setpriv"), reason="root may write everywhere")
@pytest.mark.parametrize("command", ["up --detach", "env"])
def test_a_folder_without_permission_is_told(folder: Path, command: str) -> None:
    """Run as an ordinary user, without the launcher, which would first look for its own environment."""
    home = folder / "closed" / "home"
    home.parent.mkdir()
    for path in (folder, *folder.parents):
        if path.is_relative_to(Path("/tmp")) and path != Path("/tmp"):
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
    told(done, home, "you have no permission to write there")


@pytest.mark.parametrize("command", READING)
def test_commands_that_only_look_bear_a_home_that_is_no_folder(folder: Path, command: str) -> None:
    (folder / "file").touch()
    done = dev(folder / "file", command)
    assert "Traceback" not in done.stdout + done.stderr
    assert "Errno" not in done.stdout + done.stderr
