"""Saved examples: answers that were recorded in a real run (`python -m tests.postman.record`), which Postman shows
beside each request."""

from __future__ import annotations

import json
from typing import Any

from postman.build.coverage import requests
from postman.build.files import EXAMPLES

Json = dict[str, Any]

SHOWN_OF_REQUEST = ("method", "url", "header", "body")


def recorded() -> dict[str, Json]:
    """Returns the recorded answers, keyed by the place of their request in the collection."""
    answers: dict[str, Json] = json.loads(EXAMPLES.read_text(encoding="utf-8")) if EXAMPLES.exists() else {}
    return answers


def with_examples(collection: Json) -> Json:
    """Adds the recorded answer, if there is one, to each request of the collection."""
    answers = recorded()
    for place, item in requests(collection["item"]):
        if place in answers:
            item["response"] = [_example(item["request"], answers[place])]
    return collection


def _example(request: Json, answer: Json) -> Json:
    return {
        "name": "As recorded",
        "originalRequest": {name: request[name] for name in SHOWN_OF_REQUEST if name in request},
        "_postman_previewlanguage": "json",
        **answer,
    }
