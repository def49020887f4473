"""An armed crash point ends one process, once."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

from servicekit.crash_points import arm_crash_points, crash_point

SCRIPT = """
import sys
from pathlib import Path
from servicekit.crash_points import arm_crash_points, crash_point
arm_crash_points(Path(sys.argv[1]))
crash_point("first")
crash_point("second")
print("alive")
"""


def run(file: Path) -> subprocess.CompletedProcess[str]:
    source = Path(__file__).parents[2] / "src"
    return subprocess.run(
        [sys.executable, "-c", SCRIPT, str(file)],
        capture_output=True,
        text=True,
        check=False,
        env={"PYTHONPATH": str(source)},
    )


def test_the_first_process_that_arrives_dies_and_disarms_it(tmp_path: Path) -> None:
    file = tmp_path / "crash-point"
    file.write_text("second\n")
    assert run(file).returncode == -signal.SIGKILL
    assert file.read_text() == ""
    assert run(file).stdout == "alive\n"


def test_another_crash_point_does_nothing(tmp_path: Path) -> None:
    file = tmp_path / "crash-point"
    file.write_text("third")
    assert run(file).stdout == "alive\n"
    assert file.read_text() == "third"


def test_without_a_file_it_is_off(tmp_path: Path) -> None:
    assert run(tmp_path / "missing").stdout == "alive\n"
    arm_crash_points(None)
    crash_point("anything")
