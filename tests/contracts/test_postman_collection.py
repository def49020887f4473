"""The Postman collection covers every operation, explains itself, and stops with a sentence where it cannot go on."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from postman.build.collection import FOLDERS
from postman.build.coverage import called_operation, requests, script_of, uncovered
from postman.build.dsl import Folder
from postman.build.environments import COMPOSE, FROM_DEV_ENV, SECRETS
from postman.build.figures import figures
from postman.build.files import read_collection
from postman.build.folders.set_up import PREPARATION, SETUP
from postman.build.openapi import Operation, operations
from postman.build.scripts import BODY_TEST, PROBLEM_TEST, STATUS_TEST
from postman.build.wording import name_of
from tests.contracts.files import CONTRACTS, read

Json = dict[str, Any]

COLLECTION = read_collection()
for _, _item in requests(COLLECTION["item"]):
    del _item["response"]  # large, and nothing that a test in here looks at
NOT_FROM_OUTSIDE = {
    "request-in-progress": "needs two requests at the same moment",
    "booking-in-progress": "needs two requests at the same moment",
    "delivery-not-redeliverable": "needs a receiver that is down",
    "too-many-requests": "a run must not use up the limits of its own address",
    "request-timeout": "needs a caller that sends slowly",
    "uri-too-long": "needs an address of more than 8,190 characters",
    "busy": "needs hundreds of requests at the same moment",
    "internal-error": "a defect",
    "payment-unavailable": "needs payment to be stopped",
    "ticket-unavailable": "needs ticket to be stopped",
    "not-ready": "needs a database to be stopped",
}
"""Problems that a collection cannot show on a platform that works, and why."""


def test_every_operation_of_every_document_is_called_with_asserted_status_and_body() -> None:
    assert uncovered(COLLECTION) == []


@pytest.mark.parametrize("operation", operations(), ids=str)
def test_an_operation_without_its_requests_is_named(operation: Operation) -> None:
    remaining = {"item": _without(COLLECTION["item"], operation)}
    assert uncovered(remaining) == [f"{operation}: no request of the collection calls it"]


def _without(items: list[Json], operation: Operation) -> list[Json]:
    """The items without those that call the operation."""
    return [
        {**item, "item": _without(item["item"], operation)} if "item" in item else item
        for item in items
        if "item" in item or called_operation(item) != operation
    ]


@pytest.mark.parametrize(
    ("removed", "lack"),
    [
        (STATUS_TEST, "no request asserts the status of its success"),
        (BODY_TEST, "no request asserts the schema of its answer"),
    ],
)
def test_an_operation_without_an_assertion_is_named(removed: str, lack: str) -> None:
    remaining = deepcopy(COLLECTION)
    for _, item in requests(remaining["item"]):
        for event in item["event"]:
            event["script"]["exec"] = [line for line in event["script"]["exec"] if f'pm.test("{removed}' not in line]
    assert uncovered(remaining) == [f"{operation}: {lack}" for operation in operations()]


def test_a_refusal_alone_does_not_cover_an_operation() -> None:
    remaining = deepcopy(COLLECTION)
    for _, item in requests(remaining["item"]):
        for event in item["event"]:
            event["script"]["exec"] = [line.replace('"answers 2', '"answers 4') for line in event["script"]["exec"]]
    assert len(uncovered(remaining)) == len(operations())


def _folders(collection: Json) -> Iterator[Json]:
    yield collection
    for item in collection["item"]:
        if "item" in item:
            yield from _folders(item)


def test_every_problem_that_can_be_shown_is_shown() -> None:
    problems = read(CONTRACTS / "problems.json")["problems"]
    scripts = "\n".join(script_of(item) for _, item in requests(COLLECTION["item"]))
    shown = {slug for slug in problems if f'pm.test("{PROBLEM_TEST} {slug}"' in scripts}
    assert set(problems) - shown == set(NOT_FROM_OUTSIDE)


def test_every_request_has_a_place_of_its_own_and_a_description() -> None:
    found = list(requests(COLLECTION["item"]))
    assert len({place for place, _ in found}) == len(found)
    assert [place for place, item in found if not item["request"]["description"].endswith((".", "!"))] == []
    assert [folder["name"] for folder in _folders(COLLECTION) if not folder.get("description", "-")] == []


def _all_folders(folders: tuple[Folder, ...]) -> Iterator[Folder]:
    for folder in folders:
        yield folder
        yield from _all_folders(tuple(item for item in folder.items if isinstance(item, Folder)))


def _unguarded(folders: tuple[Folder, ...]) -> Iterator[str]:
    """Folders with requests that neither they nor a folder above them stop without the set-up."""
    for folder in folders:
        if folder.needs_set_up or folder in (SETUP, PREPARATION):
            continue
        inner = tuple(item for item in folder.items if isinstance(item, Folder))
        if len(inner) < len(folder.items):
            yield folder.name
        yield from _unguarded(inner)


def test_every_folder_but_the_set_up_says_that_the_set_up_has_to_be_run_first() -> None:
    assert list(_unguarded(FOLDERS)) == []


def test_what_a_folder_needs_is_made_by_the_folder_that_it_names() -> None:
    every = list(_all_folders(FOLDERS))
    for folder in every:
        for variable, name in folder.needs.items():
            makers = [other for other in every if other.name == name]
            assert any(variable in request.keep for maker in makers for request in maker.requests()), folder.name


def test_every_request_of_the_set_up_stops_the_run_when_it_fails() -> None:
    assert [request.name for request in SETUP.requests() if request.remedy is None] == []


def test_the_environment_for_compose_has_its_public_defaults() -> None:
    compose = (Path(__file__).parents[2] / "docker-compose.yml").read_text(encoding="utf-8")
    defaults = re.findall(r"\$\{[A-Z0-9_]+:-([^}]*)\}", compose)
    for name in SECRETS:
        value = COMPOSE[name]
        assert value in defaults, name
        assert _plain(value).startswith("demo-"), name


def _plain(value: str) -> str:
    return base64.b64decode(value.removeprefix("whsec_")).decode() if value.startswith("whsec_") else value


def test_both_environments_have_the_same_variables() -> None:
    assert list(COMPOSE) == list(FROM_DEV_ENV)


def test_every_variable_that_a_request_uses_comes_from_an_environment_or_a_request_before_it() -> None:
    known = {*COMPOSE, *(variable["key"] for variable in COLLECTION["variable"])}
    for place, item in requests(COLLECTION["item"]):
        scripts = json.dumps(item["event"])
        before = set(re.findall(r"(?:collectionVariables|variables)\.set\('(\w+)'", scripts))
        used = set(re.findall(r"\{\{(\w+)\}\}", json.dumps(item["request"])))
        assert used - known - before == set(), place
        known |= before


def test_the_figures_are_counted() -> None:
    counted = figures()
    assert counted.requests == len(list(requests(COLLECTION["item"])))
    assert counted.assertions > 2 * counted.requests
    assert counted.operations == counted.covered == len(operations())


@pytest.mark.parametrize(
    ("check", "name"),
    [
        ("pm.expect(body.status).to.eql('PAID')", "status is 'PAID'"),
        ("pm.expect(body.id).to.be.a('string')", "id is a string"),
        ("pm.expect(body.id).to.eql(pm.collectionVariables.get('event_id'))", "id is {{event_id}}"),
        ("pm.expect(body.items).to.have.length(3)", "items has length 3"),
        ("pm.expect(body.status === 'PAID').to.be.true", "status is 'PAID'"),
        ("const a = 1; pm.expect(a).to.eql(1)", "const a = 1; pm.expect(a).to.eql(1)"),
    ],
)
def test_a_check_has_a_name_that_can_be_read(check: str, name: str) -> None:
    assert name_of(check) == name
