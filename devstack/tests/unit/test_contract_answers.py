"""The measure for services and fakes finds what the contract does not allow."""

from __future__ import annotations

from typing import Any

import pytest

from devstack.contract_answers import PROBLEMS, Api, api_of, problem_mismatches, watched

SEAT = "5d2f4f0a-2c3a-4e7e-8b6f-0e5ad2b7a101"


def problem(slug: str, **members: Any) -> dict[str, Any]:
    known = PROBLEMS[slug]
    body = {"type": slug, "title": known["title"], "status": known["status"], "detail": "No.", "instance": "/x"}
    return {**body, "request_id": "r", **members}


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (problem("seat-unavailable", seat_ids=[SEAT]), []),
        (problem("not-found"), []),
        (problem("not-found", errors=[]), []),
        (problem("seat-unavailable"), ["seat-unavailable lacks the members ['seat_ids']"]),
        (problem("not-found", seat_ids=[]), ["not-found has no members ['seat_ids']"]),
        (problem("not-found", title="Gone"), ["not-found has the title Not found, not Gone"]),
        (problem("not-found") | {"type": "gone"}, ["gone is no problem of the contract"]),
    ],
)
def test_a_problem_has_the_members_of_its_type_and_no_others(body: dict[str, Any], found: list[str]) -> None:
    assert problem_mismatches(body) == found
    noted: list[str] = []
    assert watched(lambda: body, noted)() == body
    assert noted == found


@pytest.mark.parametrize(
    ("service", "path"),
    [("client", "/api/v1/events"), ("ticket", "/healthz"), ("payment", "/healthz"), ("organizer", "/healthz")],
)
def test_every_document_can_be_read_and_refuses_a_status_that_it_does_not_name(service: str, path: str) -> None:
    api = api_of(service)
    assert api.answer_mismatches("GET", "/nowhere", status=404, body={}) == []
    assert api.answer_mismatches("GET", "/nowhere", status=200, body={}) == ["there is no such call"]
    assert api.answer_mismatches("GET", path, status=299, body={}) == ["status 299 is not documented"]


def test_a_slug_that_a_call_is_not_documented_with_is_found() -> None:
    found = api_of("ticket").answer_mismatches("POST", "/api/v1/bookings", status=404, body=problem("seat-not-found"))
    assert found == ["seat-not-found is not among ['event-not-found']"]


def test_null_is_only_taken_where_the_document_says_nullable() -> None:
    body: dict[str, Any] = {"items": [], "next_cursor": None}
    assert api_of("client").answer_mismatches("GET", "/api/v1/bookings", status=200, body=body) == []
    found = api_of("client").answer_mismatches("GET", "/api/v1/bookings", status=200, body={**body, "items": None})
    assert found == ["$.items: None is not of type 'array'"]


def test_a_body_is_measured_by_the_schema_of_its_call() -> None:
    schema = {"type": "object", "required": ["name"]}
    content = {"application/json": {"schema": schema}}
    call = {"requestBody": {"required": True, "content": content}, "responses": {"204": {}}}
    api = Api({"paths": {"/things/{id}": {"post": call}}})
    assert api.request_mismatches("POST", "/things/1", body={"name": 1}) == []
    assert api.request_mismatches("POST", "/things/1", body=None) == ["the call takes a body"]
    assert api.answer_mismatches("POST", "/things/1", status=204, body={}) == ["an answer without content has a body"]


def test_the_calls_that_could_be_sent_a_body_are_found_with_an_address() -> None:
    operations: dict[str, Any] = {"post": {"requestBody": {}}, "put": {}, "get": {}, "delete": {}}
    calls = Api({"paths": {"/things/{id}": operations}}).calls_with_body(id="1")
    assert calls == [("POST", "/things/1", True), ("PUT", "/things/1", False)]
