"""`python -m postman.build [--check | --local]`: writes the collection and the environments.

`--check` writes nothing and fails when the files are not what would be written; `--local` writes
`ticketing-local.postman_environment.json` with the addresses and keys of the running stack (not for the repository).
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from postman.build.collection import collection
from postman.build.environments import COMPOSE, FROM_DEV_ENV, LOCAL, environment
from postman.build.examples import with_examples

FOLDER = Path(__file__).parents[1]
LOCAL_FILE = "ticketing-local.postman_environment.json"


def documents() -> dict[str, Any]:
    """Every generated file, by its name."""
    return {
        "ticketing.postman_collection.json": with_examples(collection(), FOLDER / "examples.json"),
        "dev.postman_environment.json": environment("ticketing ./dev", LOCAL),
        "compose.postman_environment.json": environment("ticketing compose", COMPOSE),
    }


def local_environment() -> dict[str, Any]:
    """The environment of the stack that runs here."""
    lines = subprocess.run(
        [FOLDER.parent / "dev", "env"], check=True, capture_output=True, text=True
    ).stdout.splitlines()
    found = dict(line.split("=", 1) for line in lines)
    return environment("ticketing this machine", {name: found[line] for name, line in FROM_DEV_ENV.items()})


def text(document: dict[str, Any]) -> str:
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def main(arguments: list[str]) -> int:
    if arguments == ["--local"]:
        (FOLDER / LOCAL_FILE).write_text(text(local_environment()))
        return 0
    stale = [
        name
        for name, document in documents().items()
        if not (FOLDER / name).exists() or (FOLDER / name).read_text() != text(document)
    ]
    if arguments == ["--check"]:
        for name in stale:
            print(
                f"postman/{name} is not what postman/build describes; run `python -m postman.build`.", file=sys.stderr
            )
        return 1 if stale else 0
    for name in stale:
        (FOLDER / name).write_text(text(documents()[name]))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
