"""Snapshots of the services' OpenAPI documents in `contracts/openapi`."""

import difflib
import json
import subprocess
import sys
from dataclasses import dataclass

from devstack.deadlines import stretched
from devstack.home import REPOSITORY
from devstack.processes import Step

SNAPSHOTS = REPOSITORY / "contracts" / "openapi"
PRINT_SECONDS = 120
SHOWN_LINES = 60


@dataclass(frozen=True)
class Document:
    """The command with which a service prints its OpenAPI document on standard output."""

    service: str
    like: Step
    """A step of the same service, which has the folder and environment for the command."""
    arguments: list[str]


def drift(document: Document, *, update: bool) -> str:
    """Returns how a service's document differs from its snapshot, an empty text if it does not; `update` writes it."""
    snapshot = SNAPSHOTS / f"{document.service}.json"
    printed = subprocess.run(
        [sys.executable, *document.arguments],
        cwd=document.like.folder,
        env=document.like.environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=stretched(PRINT_SECONDS),
    )
    if printed.returncode != 0:
        return printed.stderr or f"exit status {printed.returncode}"
    current = json.dumps(json.loads(printed.stdout), indent=2, sort_keys=True, ensure_ascii=False) + "\n"
    if update:
        snapshot.parent.mkdir(parents=True, exist_ok=True)
        snapshot.write_text(current)
        return ""
    if not snapshot.exists():
        return f"{snapshot.relative_to(REPOSITORY)} is missing; run `./dev check --update`"
    changes = difflib.unified_diff(
        snapshot.read_text().splitlines(), current.splitlines(), "snapshot", "service", lineterm="", n=2
    )
    shown = list(changes)
    if len(shown) > SHOWN_LINES:
        shown = [
            *shown[:SHOWN_LINES],
            f"… and {len(shown) - SHOWN_LINES} more lines; `./dev check --update` accepts them",
        ]
    return "\n".join(shown)
