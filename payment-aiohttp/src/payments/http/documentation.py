"""`/openapi.json`, and `/docs`: a page of our own that needs nothing from elsewhere."""

from __future__ import annotations

import re
from typing import Any

from aiohttp import web
from pydantic.json_schema import models_json_schema

from payments.http.answers import ProblemDocument
from payments.http.exchange import json
from payments.http.inputs import SimulationInput
from payments.http.operation import Operation
from payments.http.pages import html
from payments.http.problems import PROBLEMS
from payments.http.routes import OPERATIONS, SIMULATION_OPERATIONS

_REF = "#/components/schemas/{model}"
_EVERY = (*OPERATIONS, *SIMULATION_OPERATIONS)
_GUARD = ("unauthenticated", "forbidden")


def _schemas() -> dict[str, Any]:
    inputs = {each.body for each in _EVERY if each.body}
    outputs = {kind for each in _EVERY for _, kind in each.answers if kind} | {ProblemDocument}
    wanted: list[Any] = [(kind, "validation") for kind in inputs] + [(kind, "serialization") for kind in outputs]
    wanted.sort(key=lambda pair: str(pair[0].__name__))
    _, definitions = models_json_schema(wanted, ref_template=_REF)
    return dict(sorted(definitions["$defs"].items()))


def _reference(name: str) -> dict[str, Any]:
    return {"$ref": _REF.format(model=name)}


def _parameters(operation: Operation) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in re.findall(r"{(\w+)}", operation.template)
    ]
    if operation.query:
        schema = operation.query.model_json_schema()
        for name, shape in schema["properties"].items():
            inlined = _inline(shape, schema.get("$defs", {}))
            found.append({"name": name, "in": "query", "required": False, "schema": inlined})
    if operation.is_remembered:
        key = {"type": "string", "minLength": 1, "maxLength": 255}
        found.append({"name": "Idempotency-Key", "in": "header", "required": False, "schema": key})
    return found


def _inline(shape: Any, definitions: dict[str, Any]) -> Any:
    if isinstance(shape, dict):
        if "$ref" in shape:
            return definitions[shape["$ref"].rpartition("/")[2]]
        return {name: _inline(value, definitions) for name, value in shape.items()}
    return [_inline(each, definitions) for each in shape] if isinstance(shape, list) else shape


def _responses(operation: Operation) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for status, kind in operation.answers:
        content = {"content": {"application/json": {"schema": _reference(kind.__name__)}}} if kind else {}
        found[str(status)] = {"description": "Success" if status < 300 else "Back to the page", **content}
    needs_database = operation.tag != "health"
    refusals = (
        *(_GUARD if operation.scope else ()),
        *operation.refusals,
        *(("not-ready",) if needs_database else ()),
    )
    for slug in refusals:
        status = PROBLEMS[slug].status
        entry = found.setdefault(
            str(status),
            {"description": "", "content": {"application/problem+json": {"schema": _reference("ProblemDocument")}}},
        )
        entry["description"] = ", ".join(filter(None, [entry["description"], slug]))
    return dict(sorted(found.items()))


def _describe(operation: Operation) -> dict[str, Any]:
    words = re.findall(r"[a-z0-9]+", f"{operation.method} {operation.template}".lower())
    described: dict[str, Any] = {
        "operationId": "_".join(words),
        "summary": operation.summary,
        "tags": [operation.tag],
        "parameters": _parameters(operation),
        "responses": _responses(operation),
        "security": [{"service_key": [operation.scope]}] if operation.scope else [],
    }
    if operation.body:
        described["requestBody"] = {
            "required": bool(operation.body.model_fields) and operation.body is not SimulationInput,
            "content": {"application/json": {"schema": _reference(operation.body.__name__)}},
        }
    return described


def openapi() -> dict[str, Any]:
    """The OpenAPI document; the simulation is in it whether it is switched on or not."""
    paths: dict[str, dict[str, Any]] = {}
    for operation in _EVERY:
        paths.setdefault(operation.template, {})[operation.method.lower()] = _describe(operation)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Payment service",
            "version": "1.0.0",
            "description": "A simulated payment gateway: invoices, a hosted payment page, signed webhooks.",
        },
        "paths": paths,
        "components": {
            "schemas": _schemas(),
            "securitySchemes": {"service_key": {"type": "http", "scheme": "bearer"}},
        },
    }


async def document(_request: web.Request) -> web.Response:
    """The document."""
    return json(openapi())


async def docs(request: web.Request) -> web.Response:
    """The document, for people."""
    return html(request, "docs.html", {"document": openapi()})
