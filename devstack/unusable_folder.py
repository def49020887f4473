"""Explains in one sentence why a folder cannot be used and what to do."""

import errno
import os
from pathlib import Path

from devstack.failures import StackFailure

NO_PERMISSION = "you have no permission to write there"
FULL = "its disk is full"
NO_PERMISSIONS_KEPT = "its file system does not keep permissions, and what is private would be open to everybody"
REASONS = {
    errno.EACCES: NO_PERMISSION,
    errno.EPERM: NO_PERMISSION,
    errno.EROFS: "its file system is read-only",
    errno.ENOSPC: FULL,
    errno.EDQUOT: FULL,
    errno.ENAMETOOLONG: "its path is too long",
}
IN_THE_WAY = (errno.ENOTDIR, errno.EEXIST)
SAID_BY_INITDB = {
    "No space left on device": FULL,
    "Disk quota exceeded": FULL,
    "Permission denied": NO_PERMISSION,
    "could not change permissions": NO_PERMISSIONS_KEPT,
    "is not empty": "it holds files that are no database",
}
REMEDY = "Put that right or choose another folder: TICKETING_HOME for a stack, TMPDIR for tests and checks."


def unusable(folder: Path, reason: str) -> StackFailure:
    """Returns the failure for a reason in words."""
    return StackFailure(f"The folder {folder} cannot be used: {reason}. {REMEDY}")


def explain(folder: Path, error: OSError) -> StackFailure:
    """Returns the failure for an error of the operating system in this folder or in one of its parents."""
    if error.errno in IN_THE_WAY:
        named = Path(os.fsdecode(error.filename or folder))
        file = next((path for path in (named, *named.parents) if path.is_file()), named)
        return unusable(folder, f"{file} is a file and no folder")
    return unusable(folder, REASONS.get(error.errno or 0) or error.strerror or str(error))


def is_about(folder: Path, error: OSError) -> bool:
    """Whether an error is about this folder, one of its parents, or a full disk."""
    if REASONS.get(error.errno or 0) == FULL:
        return True
    named = Path(os.fsdecode(error.filename)) if isinstance(error.filename, str | bytes) else None
    return named is not None and (named.is_relative_to(folder) or folder.is_relative_to(named))
