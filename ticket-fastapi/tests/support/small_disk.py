"""A small file system that a test can fill."""

from __future__ import annotations

import errno
import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import repeat
from pathlib import Path

import pytest

PAGE = bytes(4096)
NO_SPACE = os.strerror(errno.ENOSPC)


@dataclass(frozen=True)
class SmallDisk:
    """`folder` is the root of the file system."""

    folder: Path

    @property
    def _ballast(self) -> Path:
        return self.folder / "ballast"

    def fill(self) -> None:
        """Fills the disk to its last page, whatever PostgreSQL writes or frees meanwhile."""
        with self._ballast.open("wb", buffering=0) as ballast, pytest.raises(OSError, match=NO_SPACE):
            ballast.writelines(repeat(PAGE))

    def empty(self) -> None:
        """Frees the space that `fill` took."""
        self._ballast.unlink(missing_ok=True)


@contextmanager
def mounted(megabytes: int) -> Iterator[SmallDisk]:
    """Mounts a disk while the block runs; skips the test, with the reason, if this user may not mount."""
    # PostgreSQL may run as another user, who must be able to enter the folder.
    folder = Path(tempfile.mkdtemp(prefix="small-disk-", dir="/tmp"))
    folder.chmod(0o755)
    mount = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(folder)]
    answer = subprocess.run(mount, capture_output=True, text=True, check=False)
    if answer.returncode != 0:
        folder.rmdir()
        pytest.skip(f"needs a file system of its own, which this user may not mount: {answer.stderr.strip()}")
    try:
        yield SmallDisk(folder)
    finally:
        subprocess.run(["umount", str(folder)], check=True)
        folder.rmdir()
