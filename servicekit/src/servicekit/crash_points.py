"""Named places at which a crash test can end the process (contracts, `CRASH_POINT_FILE`).

Each service lists and documents its own crash points.
"""

from __future__ import annotations

import os
import signal
from pathlib import Path

_armed: list[Path] = []
"""The file that names the armed crash point; empty outside of crash tests, where crash points do nothing."""


def arm_crash_points(file: Path | None) -> None:
    """Arms the crash point that `file` names at the time when a process reaches it; None disarms all crash points."""
    _armed[:] = [file] if file else []


def crash_point(name: str) -> None:
    """Kills this process, as a power failure would, if `name` is the armed crash point; otherwise does nothing."""
    for file in _armed:
        _die_if_named(file, name)


def _die_if_named(file: Path, name: str) -> None:
    claimed = file.with_suffix(f".{os.getpid()}")
    try:
        if file.read_text().strip() != name:
            return
        # Renaming is atomic: of several processes that arrive at the same time, only one dies.
        file.rename(claimed)
    except FileNotFoundError:
        return
    claimed.unlink()
    file.touch()
    os.kill(os.getpid(), signal.SIGKILL)
