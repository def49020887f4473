"""Links of an OpenAPI document: to which operations they lead, and what they pass on."""

from __future__ import annotations

from typing import Any

import pytest
from servicekit.openapi_links import Flow, add_links

ID = {"id": "$response.body#/id"}


def operation(name: str, *, takes_version: bool = False, **answers: list[str]) -> dict[str, Any]:
    """Returns an operation whose answers have a body and these headers; `_204` has none."""
    return {
        "operationId": name,
        "parameters": [{"in": "header", "name": "If-Match"}] if takes_version else [],
        "responses": {
            status.lstrip("_"): {"headers": {header: {} for header in headers}}
            | ({} if status == "_204" else {"content": {}})
            for status, headers in answers.items()
        },
    }


@pytest.fixture
def document() -> dict[str, Any]:
    return {
        "paths": {
            "/things": {"post": operation("add", _201=["ETag"], _422=[]), "get": operation("list", _200=[])},
            "/things/{id}": {
                "get": operation("show", _200=["ETag"]),
                "delete": operation("remove", takes_version=True, _204=[]),
            },
            "/things/{id}/parts": {"get": operation("parts", _200=[])},
            "/things/{id}/parts/{part}": {"get": operation("part", _200=[])},
            "/things-of-others/{id}": {"get": operation("others", _200=[])},
        }
    }


def links(document: dict[str, Any], path: str, method: str, status: str) -> dict[str, Any]:
    found: dict[str, Any] = document["paths"][path][method]["responses"][status].get("links", {})
    return found


def test_a_path_means_every_operation_at_it_and_below_it_with_the_same_parameters(document: dict[str, Any]) -> None:
    add_links(document, [Flow(source="POST /things", target="/things/{id}", parameters=ID)])
    found = links(document, "/things", "post", "201")
    assert set(found) == {"show", "remove", "parts"}
    assert found["parts"] == {"operationId": "parts", "parameters": ID}


def test_a_target_that_takes_a_version_gets_the_answers_entity_tag(document: dict[str, Any]) -> None:
    add_links(document, [Flow(source="POST /things", target="/things/{id}", parameters=ID)])
    found = links(document, "/things", "post", "201")["remove"]["parameters"]
    assert found == {**ID, "header.If-Match": "$response.header.ETag"}


def test_an_answer_without_entity_tag_passes_none_on(document: dict[str, Any]) -> None:
    add_links(document, [Flow(source="GET /things", target="DELETE /things/{id}", parameters=ID)])
    assert links(document, "/things", "get", "200") == {"remove": {"operationId": "remove", "parameters": ID}}


def test_a_body_is_passed_on(document: dict[str, Any]) -> None:
    body = {"ids": ["$response.body#/items/0/id"]}
    add_links(document, [Flow(source="GET /things", target="POST /things", body=body)])
    assert links(document, "/things", "get", "200") == {"add": {"operationId": "add", "requestBody": body}}


def test_an_operation_does_not_lead_to_itself_and_refusals_lead_nowhere(document: dict[str, Any]) -> None:
    add_links(document, [Flow(source="GET /things/{id}", target="/things/{id}", parameters=ID)])
    assert set(links(document, "/things/{id}", "get", "200")) == {"remove", "parts"}
    assert links(document, "/things", "post", "422") == {}


@pytest.mark.parametrize(
    "flow",
    [
        Flow(source="PUT /things", target="/things/{id}", parameters=ID),
        Flow(source="GET /things", target="/nothing/{id}", parameters=ID),
        Flow(source="GET /things", target="PUT /things"),
    ],
    ids=["source", "target", "method of the target"],
)
def test_an_operation_that_is_not_there_is_an_error(document: dict[str, Any], flow: Flow) -> None:
    with pytest.raises(LookupError):
        add_links(document, [flow])
