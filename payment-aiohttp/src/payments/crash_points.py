"""Named places at which a process can be made to die, for the crash tests (contracts, `CRASH_POINT_FILE`)."""

from __future__ import annotations

import os
import signal
from pathlib import Path

CRASH_POINTS: dict[str, str] = {
    "payment.attempt-stored": "the attempt and its outcome are committed, the buyer has no answer",
    "payment.outcome-stored": "the invoice is PAID or FAILED, nobody has been told",
    "refund.stored": "the refund is asked for and committed, its caller has no answer",
    "refund.done": "the invoice is REFUNDED, nobody has been told",
    "invoice.told": "the receiver has the webhook, the attempt is not recorded",
}
"""Every crash point and what is done, or not yet done, there. No other service has one of the same name."""

_armed: list[Path] = []
"""The file that names the crash point; empty when this is off, as it is outside of the crash tests."""


def arm_crash_points(file: Path | None) -> None:
    """From now on die at the crash point that `file` names; None turns it off."""
    _armed[:] = [file] if file else []


def crash_point(name: str) -> None:
    """Die here, as if the machine had lost power, when `name` is the armed crash point; otherwise nothing."""
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
