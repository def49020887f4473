"""`/openapi.json`, and `/docs`: an HTML page that loads nothing from other sites."""

from __future__ import annotations

import re
from typing import Any

from aiohttp import web
from pydantic.json_schema import models_json_schema
from servicekit.openapi_links import add_links
from servicekit.problems import MEDIA_TYPE

from payments.http.answers import ProblemDocument
from payments.http.exchange import json
from payments.http.inputs import SimulationInput
from payments.http.links import FLOWS
from payments.http.operation import Operation
from payments.http.pages import html
from payments.http.problems import PROBLEMS
from payments.http.routes import OPERATIONS, SIMULATION_OPERATIONS

_REF = "#/components/schemas/{model}"
_ALL_OPERATIONS = (*OPERATIONS, *SIMULATION_OPERATIONS)
_KEY_PROBLEMS = ("unauthenticated", "forbidden")
_PATH_PARAMETERS = {
    "number": "The number of the invoice, such as `INV-20261123-7K3QX9ABCD`.",
    "id": "The id of the delivery, which is its `webhook-id`.",
    "token": "The secret token of the payment page, the last part of the invoice's `payment_url`.",
}
_IDEMPOTENCY_KEY = (
    "A name of the request, chosen by the caller. A repeat with the same key and body gets the first answer, with the "
    "header `Idempotent-Replay: true`; the key is remembered for 24 hours."
)


def _schemas() -> dict[str, Any]:
    inputs = {operation.body for operation in _ALL_OPERATIONS if operation.body}
    outputs = {answer.shape for operation in _ALL_OPERATIONS for answer in operation.answers if answer.shape}
    models: list[Any] = [(model, "validation") for model in inputs]
    models += [(model, "serialization") for model in (*outputs, ProblemDocument)]
    models.sort(key=lambda pair: str(pair[0].__name__))
    _, definitions = models_json_schema(models, ref_template=_REF)
    return dict(sorted(definitions["$defs"].items()))


def _reference(name: str) -> dict[str, Any]:
    return {"$ref": _REF.format(model=name)}


def _parameters(operation: Operation) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = [
        _parameter(name, "path", _PATH_PARAMETERS[name], {"type": "string"})
        for name in re.findall(r"{(\w+)}", operation.template)
    ]
    if operation.query:
        schema = operation.query.model_json_schema()
        for name, shape in schema["properties"].items():
            inlined = _inline(shape, schema.get("$defs", {}))
            found.append(_parameter(name, "query", inlined.pop("description"), inlined))
    if operation.takes_idempotency_key:
        key = {"type": "string", "minLength": 1, "maxLength": 255}
        found.append(_parameter("Idempotency-Key", "header", _IDEMPOTENCY_KEY, key))
    return found


def _parameter(name: str, place: str, description: str, schema: dict[str, Any]) -> dict[str, Any]:
    required = place == "path"
    return {"name": name, "in": place, "required": required, "description": description, "schema": schema}


def _inline(shape: Any, definitions: dict[str, Any]) -> Any:
    if isinstance(shape, dict):
        if "$ref" in shape:
            return definitions[shape["$ref"].rpartition("/")[2]]
        return {name: _inline(value, definitions) for name, value in shape.items()}
    return [_inline(each, definitions) for each in shape] if isinstance(shape, list) else shape


def _responses(operation: Operation) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for answer in operation.answers:
        shape = answer.shape
        content = {"content": {"application/json": {"schema": _reference(shape.__name__)}}} if shape else {}
        found[str(answer.status)] = {"description": answer.description, **content}
    for status, slugs in _refusals(operation).items():
        types = " or ".join(f"`{slug}`" for slug in slugs)
        content = {"content": {MEDIA_TYPE: {"schema": _reference(ProblemDocument.__name__)}}}
        found[str(status)] = {"description": f"The answer is a problem of the type {types}.", **content}
    return dict(sorted(found.items()))


def _refusals(operation: Operation) -> dict[int, list[str]]:
    """Returns the slugs of the problems that the operation answers, by their status."""
    troubles = ("internal-error", "not-ready") if operation.tag != "health" else ()
    key_problems = _KEY_PROBLEMS if operation.scope else ()
    found: dict[int, list[str]] = {}
    for slug in (*key_problems, *operation.refusals, *troubles):
        found.setdefault(PROBLEMS[slug].status, []).append(slug)
    return found


def _describe(operation: Operation) -> dict[str, Any]:
    words = re.findall(r"[a-z0-9]+", f"{operation.method} {operation.template}".lower())
    described: dict[str, Any] = {
        "operationId": "_".join(words),
        "summary": operation.summary,
        "description": operation.description,
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
    """Returns the OpenAPI document; it contains the simulation even if its controls are off."""
    paths: dict[str, dict[str, Any]] = {}
    for operation in _ALL_OPERATIONS:
        paths.setdefault(operation.template, {})[operation.method.lower()] = _describe(operation)
    document = {
        "openapi": "3.1.0",
        "info": {
            "title": "Payment service",
            "version": "1.0.0",
            "description": (
                "This service simulates a payment gateway: the ticket service creates invoices, buyers pay them on a "
                "hosted page, and signed webhooks report the outcome."
            ),
        },
        "paths": paths,
        "components": {
            "schemas": _schemas(),
            "securitySchemes": {
                "service_key": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "A service key from `API_KEYS`, which must have the scope of the operation.",
                }
            },
        },
    }
    add_links(document, FLOWS)
    return document


async def get_document(_request: web.Request) -> web.Response:
    """Answers the OpenAPI document."""
    return json(openapi())


async def get_docs(request: web.Request) -> web.Response:
    """Answers the OpenAPI document as an HTML page."""
    return html(request, "docs.html", {"document": openapi()})
