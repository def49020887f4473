"""Where tests put the homes of their stacks."""

import shutil
from pathlib import Path

MEMORY = Path("/dev/shm")  # noqa: S108 - each home in it is a new folder with a random name
ROOM_BYTES = 4 * 2**30
"""What must be free there: a stack of tests fills a small part of it, and browsers use the same memory."""


def roomy_folder(memory: Path = MEMORY) -> Path | None:
    """Returns a file system in memory, where no commit waits for a disk; None if there is none with enough room."""
    try:
        return memory if shutil.disk_usage(memory).free >= ROOM_BYTES else None
    except OSError:
        return None
