"""Saved examples: answers that were recorded from a real run (`python -m tests.postman.record`), shown in Postman
beside each request."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

Json = dict[str, Any]


def with_examples(document: Json, recorded: Path) -> Json:
    """The collection with the recorded answer saved at each request, where there is one."""
    answers: dict[str, Json] = json.loads(recorded.read_text()) if recorded.exists() else {}
    for folder in document["item"]:
        _add(folder, answers, folder["name"])
    return document


def _add(folder: Json, answers: dict[str, Json], path: str) -> None:
    for item in folder["item"]:
        name = f"{path} / {item['name']}"
        if "item" in item:
            _add(item, answers, name)
        elif name in answers:
            item["response"] = [
                {
                    "name": "As recorded",
                    "originalRequest": item["request"],
                    "_postman_previewlanguage": "json",
                    **answers[name],
                }
            ]
