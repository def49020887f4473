"""The diagrams of the documents say what the code says: they are made from its transition tables and its tables."""

from __future__ import annotations

import subprocess
import sys

from devstack.deadlines import stretched
from tests.contracts.files import CONTRACTS


def test_the_diagrams_are_those_that_the_code_would_draw_now() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "docs.build", "--check"],
        cwd=CONTRACTS.parent,
        capture_output=True,
        text=True,
        timeout=stretched(120),
        check=False,
    )
    assert done.returncode == 0, done.stderr
