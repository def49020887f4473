"""Database files of a new stack, kept after its migrations, so that the next new stack starts with a copy of them.

For stacks of tests, which are made and deleted all the time; a lasting stack migrates its own databases.
"""

import hashlib
import os
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from devstack.environment import StackEnvironment
from devstack.home import REPOSITORY
from devstack.locks import DEVELOPMENT, KIT
from devstack.private_file import write_private
from devstack.processes import Step

VARIABLE = "PREPARED_DATABASES"
"""The variable that names the folder of the copies; without it there are none."""
KEPT = 4
"""How many copies stay, each for other sources; the one that was used longest ago goes first."""
NO_SOURCES = frozenset({"tests", "__pycache__"})


def shared_folder() -> Path:
    """Returns the folder that the test sessions of this user share."""
    return Path(tempfile.gettempdir()) / f"ticketing-prepared-{os.geteuid()}"


@dataclass(frozen=True)
class PreparedDatabases:
    """The copy for one state of the sources; it may not exist yet."""

    folder: Path

    @classmethod
    def find(cls, stack: StackEnvironment, migrations: Iterable[Step]) -> "PreparedDatabases | None":
        """Returns the copy for a stack; None if it shall not use one, has databases already, or is given some."""
        chosen = stack.given.get(VARIABLE, "").strip()
        if not chosen or stack.is_given_a_database() or (stack.home.postgres / "PG_VERSION").exists():
            return None
        folder = Path(chosen)
        return cls(folder / digest(migrations)) if _is_private(folder) else None

    def copy_to(self, data: Path) -> str | None:
        """Fills the data directory; returns the superuser's password in it, or None if there is no copy."""
        beside = data.with_name(f"{data.name}.new")
        try:
            password = (self.folder / "password").read_text()
            _copy(self.folder / "postgres", beside)
            beside.replace(data)
            os.utime(self.folder)
        except (OSError, subprocess.CalledProcessError):  # there is none, or another session is just deleting it
            shutil.rmtree(beside, ignore_errors=True)
            return None
        return password

    def keep(self, data: Path, password: str) -> None:
        """Keeps a copy of the data directory of a server that was stopped; nothing if the disk has no room for it."""
        beside = Path(tempfile.mkdtemp(dir=self.folder.parent, prefix="new-"))
        try:
            _copy(data, beside / "postgres")
            write_private(beside / "password", password)
            beside.replace(self.folder)
        except (OSError, subprocess.CalledProcessError):  # no room, or another session was faster
            shutil.rmtree(beside, ignore_errors=True)
        _delete_all_but_the_newest(self.folder.parent)


def digest(migrations: Iterable[Step]) -> str:
    """Returns a digest of everything that the databases of a new stack follow from.

    These are the commands and, since a migration may import any of them, all sources beside it, of the shared package
    and of the workbench, with the versions of the libraries and of PostgreSQL.
    """
    found = hashlib.sha256(DEVELOPMENT.read_bytes())
    folders = {REPOSITORY / "devstack": None, REPOSITORY / KIT: None}
    for step in migrations:
        found.update(repr((step.name, step.command[1:])).encode())
        folders[step.folder] = None
    for folder in folders:
        for path in _sources(folder):
            content = path.read_bytes()
            found.update(f"{path.relative_to(folder)} {len(content)} ".encode() + content)
    return found.hexdigest()


def _sources(folder: Path) -> Iterator[Path]:
    for at, names, files in os.walk(folder):
        names[:] = sorted(name for name in names if name not in NO_SOURCES and not name.startswith("."))
        yield from (Path(at) / name for name in sorted(files) if not name.startswith("."))


def _is_private(folder: Path) -> bool:
    """Makes the folder; False if others could have put files into it, or could read the passwords."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = folder.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid() and stat.S_IMODE(found.st_mode) == 0o700


def _copy(source: Path, target: Path) -> None:
    """Copies a folder with its owners; by `cp`, which lets both share the blocks where the file system can."""
    subprocess.run(["cp", "-a", str(source), str(target)], check=True, capture_output=True)


def _delete_all_but_the_newest(folder: Path) -> None:
    kept = [path for path in folder.iterdir() if not path.name.startswith("new-")]
    for path in sorted(kept, key=_last_use, reverse=True)[KEPT:]:
        shutil.rmtree(path, ignore_errors=True)


def _last_use(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:  # another session has deleted it
        return 0
