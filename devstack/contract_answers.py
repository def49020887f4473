"""What the services may answer (contracts/openapi, contracts/problems.json): a measure for services and fakes."""

import json
import re
from collections.abc import Callable, Mapping
from functools import cache, wraps
from pathlib import Path
from typing import Any, NamedTuple, ParamSpec

from jsonschema import Draft202012Validator

P = ParamSpec("P")
CONTRACTS = Path(__file__).parents[1] / "contracts"
PROBLEMS: dict[str, dict[str, Any]] = json.loads((CONTRACTS / "problems.json").read_text(encoding="utf-8"))["problems"]
STANDARD_MEMBERS = frozenset({"type", "title", "status", "detail", "instance", "request_id"})
MEDIA_TYPE = "application/problem+json"
METHODS_WITH_BODY = ("PATCH", "POST", "PUT")
NO_LIST_OF_ERRORS: tuple[object, ...] = (None, [])


def problem_mismatches(body: Mapping[str, Any]) -> list[str]:
    """How a problem document differs from what the contract says of its type; empty if it does not."""
    slug = str(body.get("type"))
    known = PROBLEMS.get(slug)
    if known is None:
        return [f"{slug} is no problem of the contract"]
    members: dict[str, Any] = known.get("members", {})
    found = [
        f"{slug} has the {member} {known[member]}, not {body.get(member)}"
        for member in ("status", "title")
        if known[member] != body.get(member)
    ]
    sent = {name for name in body if name != "errors" or body[name] not in NO_LIST_OF_ERRORS}
    if foreign := sent - STANDARD_MEMBERS - members.keys():
        found.append(f"{slug} has no members {sorted(foreign)}")
    needed = STANDARD_MEMBERS | {name for name, member in members.items() if member["sent"] == "always"}
    if lacking := needed - sent:
        found.append(f"{slug} lacks the members {sorted(lacking)}")
    return found


def watched(make: Callable[P, dict[str, object]], found: list[str]) -> Callable[P, dict[str, object]]:
    """`make`, which makes problem documents; what is wrong with one is added to `found`."""

    @wraps(make)
    def made(*arguments: P.args, **options: P.kwargs) -> dict[str, object]:
        document = make(*arguments, **options)
        found.extend(problem_mismatches(document))
        return document

    return made


@cache
def api_of(service: str) -> "Api":
    """The calls of client, ticket, payment or organizer."""
    return Api(_as_json_schema(json.loads((CONTRACTS / "openapi" / f"{service}.json").read_text(encoding="utf-8"))))


def _as_json_schema(node: Any) -> Any:
    """OpenAPI 3.0 says `nullable` where JSON Schema, and OpenAPI since 3.1, has the type `null`."""
    if isinstance(node, list):
        return [_as_json_schema(each) for each in node]
    if not isinstance(node, dict):
        return node
    rest = {name: _as_json_schema(value) for name, value in node.items() if name != "nullable"}
    return {"anyOf": [rest, {"type": "null"}]} if node.get("nullable") is True else rest


class Call(NamedTuple):
    """A call that could be sent a body; `path` has an example in the place of each variable."""

    method: str
    path: str
    takes_body: bool


class Api:
    """One service's OpenAPI document."""

    def __init__(self, document: dict[str, Any]) -> None:
        self._document = document
        self._patterns = [
            (re.compile(re.sub(r"\{[^}]+\}", "[^/]+", path)), operations)
            # An address without variables comes before one that it would fit too.
            for path, operations in sorted(document["paths"].items(), key=lambda item: ("{" in item[0], item[0]))
        ]
        self._validators: dict[str, Draft202012Validator] = {}

    def calls_with_body(self, **examples: str) -> list[Call]:
        """The calls that could be sent a body; `examples` are the values of variables in paths."""
        return [
            Call(method.upper(), path.format_map(examples), "requestBody" in operation)
            for path, operations in self._document["paths"].items()
            for method, operation in operations.items()
            if method.upper() in METHODS_WITH_BODY
        ]

    def answer_mismatches(self, method: str, path: str, *, status: int, body: Any) -> list[str]:
        """How an answer differs from what the service can answer to that call; empty if it does not."""
        operation = self._operation(method, path)
        if operation is None:
            return [] if status == 404 else ["there is no such call"]
        documented = operation["responses"].get(str(status), self._default(operation, status))
        if documented is None:
            return [f"status {status} is not documented"]
        content = documented.get("content")
        if not content:
            return [] if body is None else ["an answer without content has a body"]
        if isinstance(body, bytes):
            return ["the body is not JSON"]
        media_type, described = next(iter(content.items()))
        found = self._mismatches(described["schema"], body)
        if media_type == MEDIA_TYPE and not found:
            found += self._slug_mismatches(body, documented["description"]) + problem_mismatches(body)
        return found

    def request_mismatches(self, method: str, path: str, *, body: Any) -> list[str]:
        """How a body differs from what the service takes in that call; empty if it does not."""
        described = (self._operation(method, path) or {}).get("requestBody")
        if described is None:
            return [] if body is None else ["the call takes no body"]
        if body is None:
            return ["the call takes a body"] if described.get("required") else []
        return self._mismatches(described["content"]["application/json"]["schema"], body)

    def schema_mismatches(self, name: str, body: Any) -> list[str]:
        """How a body differs from a component of the document; empty if it does not."""
        return self._mismatches({"$ref": f"#/components/schemas/{name}"}, body)

    def _operation(self, method: str, path: str) -> dict[str, Any] | None:
        for pattern, operations in self._patterns:
            if method.lower() in operations and pattern.fullmatch(path):
                operation: dict[str, Any] = operations[method.lower()]
                return operation
        return None

    @staticmethod
    def _default(operation: dict[str, Any], status: int) -> dict[str, Any] | None:
        return operation["responses"].get("default") if status >= 400 else None

    @staticmethod
    def _slug_mismatches(body: Mapping[str, Any], description: str) -> list[str]:
        """A description that names slugs names all of them."""
        slugs = set(re.findall(r"[a-z]+(?:-[a-z]+)*", description)) & PROBLEMS.keys()
        return [f"{body['type']} is not among {sorted(slugs)}"] if slugs and body["type"] not in slugs else []

    def _mismatches(self, schema: Mapping[str, Any], body: Any) -> list[str]:
        key = json.dumps(schema)
        if key not in self._validators:
            whole = {"components": self._document.get("components", {}), **schema}
            checker = Draft202012Validator.FORMAT_CHECKER
            self._validators[key] = Draft202012Validator(whole, format_checker=checker)
        return [f"{error.json_path}: {error.message}" for error in self._validators[key].iter_errors(body)]
