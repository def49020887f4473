"""Converts the answers in the OpenAPI documents to JSON Schema draft 7, which Postman checks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from postman.build.openapi import SERVICES, Operation, document, operations

Json = dict[str, Any]

PROBLEMS = ("Problem", "ProblemDocument")
"""Problem documents may have unlisted members (RFC 9457); other answers may not."""

KNOWN_FORMATS = ("date-time", "uuid", "email")
COPIED = ("type", "enum", "required", "pattern", "minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems")
COMBINED = ("anyOf", "oneOf", "allOf")
JSON_MEDIA_TYPES = ("application/json", "application/problem+json")


@dataclass(frozen=True)
class Answer:
    """The required form of an answer: its media type, and the name of its schema if it is JSON.

    Without a media type, the answer has no body.
    """

    media_type: str | None
    definition: str | None = None


STATUS = {"type": "object", "required": ["status"], "properties": {"status": {"enum": ["ok"]}}}
CHECKS = {
    "type": "object",
    "required": ["status", "checks"],
    "properties": {"status": {"enum": ["ok"]}, "checks": {"type": "object", "additionalProperties": {"enum": ["ok"]}}},
}
NOT_DESCRIBED: dict[str, tuple[str, Json | None]] = {
    "payment GET /healthz": ("application/json", STATUS),
    "payment GET /readyz": ("application/json", CHECKS),
    "payment GET /metrics": ("text/plain", None),
    "payment GET /pay/{token}": ("text/html", None),
    "ticket GET /readyz": ("application/json", CHECKS),
    "ticket GET /metrics": ("text/plain", None),
}
"""Successful answers without a schema in their OpenAPI document: media type, and JSON Schema if they are JSON."""


def answer_of(operation: Operation, status: int) -> Answer | None:
    """Returns the required form of an operation's answer with this status; None if the document does not list it."""
    response = operation.response(status)
    if response is None:
        return None
    if status < 400 and str(operation) in NOT_DESCRIBED:
        media_type, schema = NOT_DESCRIBED[str(operation)]
        return Answer(media_type, _own_name(operation, status) if schema else None)
    return _described(operation, status, response)


def _described(operation: Operation, status: int, response: Json) -> Answer:
    for media_type, content in response.get("content", {}).items():
        if media_type not in JSON_MEDIA_TYPES:
            return Answer(media_type)
        name = _name(content["schema"]) or _own_name(operation, status)
        return Answer(media_type, name)
    return Answer(None)


def problem_definition(service: str) -> str:
    """Returns the name of the service's schema for problem documents."""
    return next(name for name in PROBLEMS if name in document(service)["components"]["schemas"])


def definitions(service: str) -> Json:
    """Returns every schema that an answer of the service needs, keyed by its name."""
    collected: Json = {}
    for name, schema in _roots(service):
        _collect(service, name, schema, collected)
    return dict(sorted(collected.items()))


def _roots(service: str) -> Iterator[tuple[str, Json]]:
    """Returns the schemas of the answers themselves, without the schemas that they refer to."""
    for operation in operations():
        if operation.service != service:
            continue
        _, otherwise = NOT_DESCRIBED.get(str(operation), (None, None))
        if otherwise:
            yield _own_name(operation, 200), otherwise
        for status, response in operation.responses.items():
            for media_type, content in response.get("content", {}).items():
                if media_type in JSON_MEDIA_TYPES and content["schema"]:
                    own = _own_name(operation, 0 if status == "default" else int(status))
                    yield _name(content["schema"]) or own, content["schema"]


def _collect(service: str, name: str, schema: Json, into: Json) -> None:
    if name in into:
        return
    source = document(service)["components"]["schemas"][name] if _name(schema) == name else schema
    into[name] = draft_7(source, closed=name not in PROBLEMS)
    for needed in _references(source):
        _collect(service, needed, {"$ref": f"#/components/schemas/{needed}"}, into)


def _references(schema: object) -> Iterator[str]:
    if isinstance(schema, dict):
        if "$ref" in schema:
            yield _name(schema) or ""
        for inner in schema.values():
            yield from _references(inner)
    elif isinstance(schema, list):
        for inner in schema:
            yield from _references(inner)


def _name(schema: Json) -> str | None:
    """Returns the name of the component that a schema refers to."""
    reference: str | None = schema.get("$ref")
    return reference.rpartition("/")[2] if reference else None


def _own_name(operation: Operation, status: int) -> str:
    """Returns a name for a schema that is written inside the operation."""
    path = "-".join(part.strip("{}") for part in operation.segments)
    return f"{operation.method}-{path}-{status}"


def draft_7(schema: Json, *, closed: bool) -> Json:
    """Converts an OpenAPI schema to JSON Schema draft 7, without descriptions and other texts for people.

    If `closed`, an object may have only the listed properties, unless the document says otherwise.
    """
    if name := _name(schema):
        return {"$ref": f"#/definitions/{name}"}
    made: Json = {key: schema[key] for key in (*COPIED, "const") if key in schema}
    if schema.get("format") in KNOWN_FORMATS:
        made["format"] = schema["format"]
    for key in COMBINED:
        if key in schema:
            made[key] = [draft_7(part, closed=closed) for part in schema[key]]
    if "items" in schema:
        made["items"] = draft_7(schema["items"], closed=closed)
    made |= _properties(schema, closed=closed)
    return _or_null(made) if schema.get("nullable") else made


def _properties(schema: Json, *, closed: bool) -> Json:
    made: Json = {}
    if "properties" in schema:
        made["properties"] = {name: draft_7(inner, closed=closed) for name, inner in schema["properties"].items()}
        if closed:
            made["additionalProperties"] = False
    if "additionalProperties" in schema:
        extra = schema["additionalProperties"]
        made["additionalProperties"] = draft_7(extra, closed=closed) if isinstance(extra, dict) else extra
    return made


def _or_null(schema: Json) -> Json:
    """Allows null where OpenAPI 3.0 says `nullable: true`."""
    if isinstance(schema.get("type"), str) and "enum" not in schema:
        return {**schema, "type": [schema["type"], "null"]}
    return {"anyOf": [schema, {"type": "null"}]}


def all_definitions() -> dict[str, Json]:
    """Returns the definitions of every service."""
    return {service: definitions(service) for service in SERVICES}
