"""What the film and the terminal demo name exists: operations are described and have a request in the collection."""

from __future__ import annotations

import re

import pytest
from PIL import Image

from demo.film.operations import SERVICES
from demo.film.tape import Tape
from docs.build.interfaces import Operation, asked_for, operation_of, operations, requests
from docs.build.places import REPOSITORY

NAMED = re.compile(r"\b(GET|POST|PUT|PATCH|DELETE) (/[\w/{}-]+)")
"""An operation in the words of a narration."""


def named_in_words() -> set[tuple[str, str]]:
    """Method and path of every operation that the demo's own words name, on film or in the terminal."""
    sources = "\n".join(path.read_text(encoding="utf-8") for path in (REPOSITORY / "demo").rglob("*.py"))
    return {(found[1], found[2]) for found in NAMED.finditer(sources)}


def found(method: str, path: str) -> Operation | None:
    """The operation of any service; words leave the prefix `/api/v1` out."""
    known = operations()
    fitting = (
        operation_of(service, method, prefix + path, known)
        for service in ("client", "ticket", "payment", "organizer")
        for prefix in ("", "/api/v1")
    )
    return next((operation for operation in fitting if operation), None)


@pytest.mark.parametrize("service", SERVICES)
def test_every_operation_that_the_film_lists_is_described_and_has_a_request_in_the_collection(service: str) -> None:
    known, collection = operations(), asked_for(requests())
    for method, path, _ in SERVICES[service]:
        assert Operation(service, method, path) in known
        assert Operation(service, method, path) in collection


def test_every_operation_that_the_demo_names_in_words_has_a_request_in_the_collection() -> None:
    collection, named = asked_for(requests()), named_in_words()
    assert named
    for method, path in sorted(named):
        assert found(method, path) in collection, f"{method} {path}"


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
