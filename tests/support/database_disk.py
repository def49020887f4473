"""The small file system on which the database of a stack lies, so that a test can fill it."""

from __future__ import annotations

import errno
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from devstack.deadlines import Deadline, stretched
from tests.support.processes import Processes

SIZE = "1g"
"""More than the database and its log take in a whole run; memory is used for what is there alone."""
FILL_SECONDS = 10
MOUNT_SECONDS = 30


class NoDiskError(Exception):
    """This user may not mount a file system; the text is the reason."""


@dataclass(frozen=True)
class DatabaseDisk:
    """A file system in memory that is mounted at `folder`, PostgreSQL's data directory."""

    folder: Path

    @contextmanager
    def full(self) -> Iterator[None]:
        """Without any space while the block lasts: nothing can grow, and no file can be added."""
        self._fill()
        try:
            yield
        finally:
            self._resize(SIZE)

    def _fill(self) -> None:
        """Makes the file system as small as what it holds, which PostgreSQL changes meanwhile."""
        deadline = Deadline(FILL_SECONDS)
        while True:
            try:
                self._resize(str(shutil.disk_usage(self.folder).used))
            except OSError:
                if deadline.is_over():
                    raise
            else:
                return

    def _resize(self, size: str) -> None:
        answer = _run("mount", "-o", f"remount,size={size}", str(self.folder))
        if answer.returncode != 0:
            raise OSError(errno.ENOSPC, answer.stderr.strip())


@contextmanager
def database_on_a_disk(data: Path, processes: Processes) -> Iterator[DatabaseDisk]:
    """Moves the stopped database to a file system of its own; NoDiskError, and nothing has changed, if it may not.

    The stack must be down before the block ends.
    """
    before = data.with_name(f"{data.name}.before")
    with processes.stopped("postgres"):
        data.rename(before)
        data.mkdir()
        answer = _run("mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", str(data))
        if answer.returncode != 0:
            data.rmdir()
            before.rename(data)
            raise NoDiskError(f"this user may not mount a file system: {answer.stderr.strip()}")
        copied = _run("cp", "--archive", f"{before}/.", str(data))
        if copied.returncode != 0:
            raise RuntimeError(copied.stderr)
        shutil.rmtree(before)
    try:
        yield DatabaseDisk(data)
    finally:
        _run("umount", str(data))


def _run(*command: str) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=stretched(MOUNT_SECONDS),
        )
    except FileNotFoundError as missing:
        raise NoDiskError(str(missing)) from missing
