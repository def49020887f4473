"""The schemas that the Postman collection asserts are those of the OpenAPI documents."""

from __future__ import annotations

import json

import pytest
from jsonschema import Draft7Validator

from postman.build.coverage import called_operation, requests
from postman.build.dsl import Request
from postman.build.examples import recorded
from postman.build.files import read_collection
from postman.build.openapi import SERVICES, operation_of, operations
from postman.build.schemas import NOT_DESCRIBED, Json, answer_of, definitions, draft_7
from postman.build.scripts import UndocumentedStatusError, after

RECORD_AGAIN = "run `python -m tests.postman.record` against a running stack, then `python -m postman.build`"


def test_an_operation_is_found_by_its_path_with_postmans_variables() -> None:
    found = operation_of("client", "PATCH", "api/v1/events/{{event_id}}/seats/{{seat_1}}?x=1")
    assert str(found) == "client PATCH /api/v1/events/{event_id}/seats/{seat_id}"


def test_a_literal_path_is_told_from_a_parameter() -> None:
    assert str(operation_of("client", "GET", "api/v1/users/me")) == "client GET /api/v1/users/me"
    assert str(operation_of("client", "GET", "api/v1/users/{{id}}")) == "client GET /api/v1/users/{user_id}"
    assert operation_of("client", "GET", "api/v1/{{anything}}") is None
    assert operation_of("client", "PUT", "api/v1/users/me") is None


@pytest.mark.parametrize(
    ("openapi", "expected"),
    [
        ({"type": "string", "nullable": True, "title": "T"}, {"type": ["string", "null"]}),
        ({"allOf": [{"$ref": "#/components/schemas/A"}]}, {"allOf": [{"$ref": "#/definitions/A"}]}),
        (
            {"oneOf": [{"$ref": "#/components/schemas/A"}], "nullable": True},
            {"anyOf": [{"oneOf": [{"$ref": "#/definitions/A"}]}, {"type": "null"}]},
        ),
        ({"enum": ["A"], "nullable": True}, {"anyOf": [{"enum": ["A"]}, {"type": "null"}]}),
        ({"type": "string", "format": "password"}, {"type": "string"}),
        ({"type": "string", "format": "uuid"}, {"type": "string", "format": "uuid"}),
    ],
)
def test_openapi_becomes_json_schema(openapi: Json, expected: Json) -> None:
    assert draft_7(openapi, closed=True) == expected


def test_an_answer_with_a_field_that_its_document_does_not_list_is_refused() -> None:
    schema = draft_7({"type": "object", "properties": {"id": {"type": "string"}}}, closed=True)
    assert Draft7Validator(schema).is_valid({"id": "x"})
    assert not Draft7Validator(schema).is_valid({"id": "x", "more": 1})


def test_a_problem_document_may_say_more_than_is_listed() -> None:
    for service in SERVICES:
        known = definitions(service)
        name = next(name for name in ("Problem", "ProblemDocument") if name in known)
        assert known[name].get("additionalProperties", True) is True


@pytest.mark.parametrize("service", SERVICES)
def test_every_schema_is_valid_and_refers_to_what_exists(service: str) -> None:
    known = definitions(service)
    Draft7Validator.check_schema({"definitions": known})
    text = json.dumps(known)
    for name in {part.split('"')[0] for part in text.split("#/definitions/")[1:]}:
        assert name in known
    for operation in operations():
        statuses = [int(status) for status in operation.responses if status != "default"]
        for answer in (answer_of(operation, status) for status in statuses if operation.service == service):
            assert answer is not None
            assert answer.definition is None or answer.definition in known


def test_what_is_written_by_hand_is_described_by_no_document() -> None:
    for name in NOT_DESCRIBED:
        operation = next(found for found in operations() if str(found) == name)
        content = operation.responses["200"].get("content", {})
        assert not any(described["schema"] for described in content.values()), f"{name} is described; remove it here"


def test_a_status_that_no_document_lists_is_not_asserted() -> None:
    request = Request("Pay", "POST", "payment/pay/{{token}}", "", 418)
    with pytest.raises(UndocumentedStatusError, match="answers 418"):
        after(request)


def test_every_request_has_a_recorded_answer() -> None:
    places = {place for place, _ in requests(read_collection()["item"])}
    assert set(recorded()) == places, RECORD_AGAIN


def test_the_recorded_answers_are_as_the_documents_describe_them() -> None:
    stale = [
        place
        for place, item in requests(read_collection()["item"])
        if (operation := called_operation(item)) is not None
        and (answer := answer_of(operation, recorded()[place]["code"])) is not None
        and answer.definition is not None
        and not _is_valid(operation.service, answer.definition, recorded()[place]["body"])
    ]
    assert stale == [], RECORD_AGAIN


def _is_valid(service: str, definition: str, body: str) -> bool:
    schema = {"definitions": definitions(service), "$ref": f"#/definitions/{definition}"}
    return Draft7Validator(schema).is_valid(json.loads(body))
