"""The operations of the four OpenAPI documents, and which of them the Postman collection asks for."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from docs.build.places import REPOSITORY

OPENAPI = REPOSITORY / "contracts" / "openapi"
COLLECTION = REPOSITORY / "postman" / "ticketing.postman_collection.json"
SERVICES = ("client", "ticket", "payment", "organizer")
METHODS = ("get", "post", "put", "patch", "delete")
ADDRESS = re.compile(r"\{\{(?P<service>\w+)_url\}\}(?P<path>[^?#]*)")


@dataclass(frozen=True, order=True)
class Operation:
    """One method of one path; `path` may hold parameters in braces."""

    service: str
    method: str
    path: str

    @property
    def parameters(self) -> int:
        return self.path.count("{")

    def is_asked_for_by(self, method: str, path: str) -> bool:
        """Whether a request with this method and this path without its query goes to this operation's address."""
        pattern = re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(self.path))
        return self.method == method and re.fullmatch(pattern, path) is not None


def operations() -> list[Operation]:
    """Every operation of every service, as `contracts/openapi` describes them."""
    return [
        Operation(service, method.upper(), path)
        for service in SERVICES
        for path, item in json.loads((OPENAPI / f"{service}.json").read_text(encoding="utf-8"))["paths"].items()
        for method in METHODS
        if method in item
    ]


def operation_of(service: str, method: str, path: str, known: Iterable[Operation]) -> Operation | None:
    """The operation that answers this request; a literal path wins over one with a parameter, as in the services."""
    fitting = [one for one in known if one.service == service and one.is_asked_for_by(method, path)]
    return min(fitting, key=lambda one: one.parameters, default=None)


def requests() -> list[dict[str, Any]]:
    """Every request of the Postman collection, with its scripts."""
    return list(_requests(json.loads(COLLECTION.read_text(encoding="utf-8"))["item"]))


def _requests(items: Iterable[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    for item in items:
        if "item" in item:
            yield from _requests(item["item"])
        else:
            yield dict(item)


def asked_for(collection: Iterable[Mapping[str, Any]]) -> set[Operation]:
    """The operations that at least one request of the collection goes to."""
    known = operations()
    addresses = {
        (match["service"], item["request"]["method"], match["path"])
        for item in collection
        if (match := ADDRESS.match(item["request"]["url"]["raw"]))
    }
    return {found for address in addresses if (found := operation_of(*address, known))}


def figures() -> dict[str, int]:
    """`operations.<service>`, `operations.all`, `postman.requests`, `postman.assertions` and `postman.operations`."""
    known, collection = operations(), requests()
    scripts = (event["script"]["exec"] for item in collection for event in item.get("event", ()))
    lines = (line for script in scripts for line in ([script] if isinstance(script, str) else script))
    return {
        **{f"operations.{service}": sum(one.service == service for one in known) for service in SERVICES},
        "operations.all": len(known),
        "postman.requests": len(collection),
        "postman.assertions": sum(line.count("pm.test(") for line in lines),
        "postman.operations": len(asked_for(collection)),
    }
