"""Where the collection, its environments and its saved examples are."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[1]
COLLECTION = FOLDER / "ticketing.postman_collection.json"
COMPOSE_ENVIRONMENT = FOLDER / "compose.postman_environment.json"
LOCAL_ENVIRONMENT = FOLDER / "this-machine.postman_environment.json"
"""Git-ignored, made by `./dev postman`: the keys of a stack of `./dev` are its own."""
OWN_COMPOSE_ENVIRONMENT = FOLDER / "own-compose.postman_environment.json"
"""Git-ignored, made by `./dev postman --compose`: the keys that `.env` sets."""
EXAMPLES = FOLDER / "examples.json"


def read_collection() -> dict[str, Any]:
    """The collection as it lies in the repository."""
    found: dict[str, Any] = json.loads(COLLECTION.read_text(encoding="utf-8"))
    return found


def as_text(document: dict[str, Any]) -> str:
    """How a document is written."""
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"
