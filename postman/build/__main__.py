"""`python -m postman.build [--check]`: writes the collection and the environment for compose.

`--check` writes nothing and fails if the files are not what would be written.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

from postman.build.collection import collection
from postman.build.environments import COMPOSE, COMPOSE_NAME, environment
from postman.build.examples import with_examples
from postman.build.files import COLLECTION, COMPOSE_ENVIRONMENT, as_text


def texts() -> Mapping[Path, str]:
    """Returns every generated file with the text that it should have."""
    return {
        COLLECTION: as_text(with_examples(collection())),
        COMPOSE_ENVIRONMENT: as_text(environment(COMPOSE_NAME, COMPOSE)),
    }


def main(arguments: list[str]) -> int:
    """Writes the files that are out of date; with `--check` it only names them."""
    stale = {
        path: text for path, text in texts().items() if not path.exists() or path.read_text(encoding="utf-8") != text
    }
    for path, text in stale.items():
        if arguments == ["--check"]:
            sys.stderr.write(
                f"postman/{path.name} is not what postman/build describes; run `python -m postman.build`.\n"
            )
        else:
            path.write_text(text, encoding="utf-8")
    return 1 if stale and arguments == ["--check"] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
