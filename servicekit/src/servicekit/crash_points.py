"""Named places at which a process can be made to die, for the crash tests (contracts, `CRASH_POINT_FILE`).

Each service documents the names of its own crash points.
"""

from __future__ import annotations

import os
import signal
from pathlib import Path

_armed: list[Path] = []
"""The file that names the crash point; empty when this is off, as it is outside of the crash tests."""


def arm_crash_points(file: Path | None) -> None:
    """From now on, die at the crash point that `file` names; None turns this off."""
    _armed[:] = [file] if file else []


def crash_point(name: str) -> None:
    """Kill this process, as if the machine had lost power, if `name` is the armed crash point; otherwise do nothing."""
    for file in _armed:
        _die_if_named(file, name)


def _die_if_named(file: Path, name: str) -> None:
    claimed = file.with_suffix(f".{os.getpid()}")
    try:
        if file.read_text().strip() != name:
            return
        # Renaming is atomic: of several processes that arrive at once, one dies.
        file.rename(claimed)
    except FileNotFoundError:
        return
    claimed.unlink()
    file.touch()
    os.kill(os.getpid(), signal.SIGKILL)
