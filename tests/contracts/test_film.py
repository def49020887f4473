"""What the film and the terminal demo name exists: each operation has a request in the Postman collection."""

from __future__ import annotations

import re

import pytest
from PIL import Image

from demo.film.operations import SERVICES
from demo.film.tape import Tape
from docs.build.places import REPOSITORY
from postman.build.coverage import calls
from postman.build.files import read_collection

NAMED = re.compile(r"\b(GET|POST|PUT|PATCH|DELETE) (/[\w/{}-]+)")
"""An operation in the words of a narration."""


def named_in_words() -> set[tuple[str, str]]:
    """Method and path of every operation that the demo's own words name, on film or in the terminal."""
    sources = "\n".join(path.read_text(encoding="utf-8") for path in (REPOSITORY / "demo").rglob("*.py"))
    return {(found[1], found[2]) for found in NAMED.finditer(sources)}


def called() -> set[tuple[str, str, str]]:
    """Service, method and path of every operation that a request of the collection calls."""
    operations = (call.operation for call in calls(read_collection()))
    return {(operation.service, operation.method, operation.template) for operation in operations}


@pytest.mark.parametrize("service", SERVICES)
def test_every_operation_that_the_film_lists_has_a_request_in_the_collection(service: str) -> None:
    listed = {(service, method, path) for method, path, _ in SERVICES[service]}
    assert listed <= called()


def test_every_operation_that_the_demo_names_in_words_has_a_request_in_the_collection() -> None:
    paths = {(method, path.removeprefix("/api/v1")) for _, method, path in called()}
    assert named_in_words()
    assert named_in_words() <= paths


def test_a_tape_is_played_as_it_was_filmed() -> None:
    shown: list[tuple[object, float]] = []

    class Film(Tape):
        def show(self, frame: Image.Image, seconds: float) -> None:
            shown.append((frame.getpixel((0, 0)), seconds))

    tape = Tape()
    tape.show(Image.new("RGB", (2, 2), "red"), 1)
    tape.show(Image.new("RGB", (2, 2), "blue"), 2.5)
    tape.play(Film())
    assert shown == [((255, 0, 0), 1), ((0, 0, 255), 2.5)]
    assert tape.seconds == 3.5
