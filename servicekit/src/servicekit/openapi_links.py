"""Links of an OpenAPI document: which operation takes what the answer of another one names (OpenAPI 3, Link Object)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

BODY = "$response.body#"
"""The body of the answer; a JSON pointer follows."""
FIRST_ITEM = f"{BODY}/items/0"
"""The first item of a list."""
_VERSION_HEADER = "If-Match"
_METHODS = ("get", "put", "post", "delete", "patch")


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """Values that go from the answer of one operation into the requests of others.

    `source` is a method and a path. `target` is either the same, or a path alone: then every operation at this path
    and below it is meant that has no other path parameters than `parameters`. The values of `parameters` and `body`
    are runtime expressions, such as `$response.body#/id`; those of `body` may stand inside of lists and objects.
    """

    source: str
    target: str
    parameters: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, Any] | None = None


def from_collection(collection: str, name: str, member: str) -> list[Flow]:
    """Returns the flows from what is created in a collection, or listed, to what is done with it.

    `member` of the answer is the path parameter `name`.
    """
    target = f"{collection}/{{{name}}}"
    return [
        Flow(source=f"POST {collection}", target=target, parameters={name: f"{BODY}/{member}"}),
        Flow(source=f"GET {collection}", target=target, parameters={name: f"{FIRST_ITEM}/{member}"}),
    ]


def add_links(document: dict[str, Any], flows: Sequence[Flow]) -> None:
    """Adds the links to each successful answer of the sources that has a body.

    A target that takes `If-Match` gets the `ETag` of the answer, if the answer has one.
    Raises LookupError if a source or a target is no operation of the document.
    """
    operations = dict(_operations(document))
    for flow in flows:
        if flow.source not in operations:
            raise LookupError(f"The document has no operation {flow.source}.")
        targets = [each for name, each in operations.items() if _is_meant(flow, name)]
        if not targets:
            raise LookupError(f"The document has no operation of {flow.target} for {flow.source}.")
        for status, answer in operations[flow.source]["responses"].items():
            if status.startswith("2") and "content" in answer:
                links = answer.setdefault("links", {})
                for target in targets:
                    links[target["operationId"]] = _link(flow, target, answer)


def _operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, described in document["paths"].items():
        for method in _METHODS:
            if method in described:
                yield f"{method.upper()} {path}", described[method]


def _is_meant(flow: Flow, name: str) -> bool:
    if " " in flow.target:
        return name == flow.target
    path = name.partition(" ")[2]
    is_below = path == flow.target or path.startswith(f"{flow.target}/")
    return is_below and set(re.findall(r"{(\w+)}", path)) == set(flow.parameters) and name != flow.source


def _link(flow: Flow, target: dict[str, Any], answer: dict[str, Any]) -> dict[str, Any]:
    link: dict[str, Any] = {"operationId": target["operationId"]}
    parameters = dict(flow.parameters)
    takes = {each["name"] for each in target.get("parameters", []) if each.get("in") == "header"}
    if _VERSION_HEADER in takes and "ETag" in answer.get("headers", {}):
        parameters[f"header.{_VERSION_HEADER}"] = "$response.header.ETag"
    if parameters:
        link["parameters"] = parameters
    if flow.body is not None:
        link["requestBody"] = flow.body
    return link
