"""The files of the collection, its environments and its saved examples."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[1]
COLLECTION = FOLDER / "ticketing.postman_collection.json"
COMPOSE_ENVIRONMENT = FOLDER / "compose.postman_environment.json"
LOCAL_ENVIRONMENT = FOLDER / "this-machine.postman_environment.json"
"""Made by `./dev postman` with the keys of a stack, and therefore ignored by Git."""
OWN_COMPOSE_ENVIRONMENT = FOLDER / "own-compose.postman_environment.json"
"""Made by `./dev postman --compose` with the keys in `.env`, and therefore ignored by Git."""
EXAMPLES = FOLDER / "examples.json"


def read_collection() -> dict[str, Any]:
    """Reads the collection in the repository."""
    found: dict[str, Any] = json.loads(COLLECTION.read_text(encoding="utf-8"))
    return found


def as_text(document: dict[str, Any]) -> str:
    """Formats a document as the text of its file."""
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"
