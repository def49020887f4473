"""The operations of the four services, read from their OpenAPI documents in `contracts/openapi`."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

Json = dict[str, Any]

DOCUMENTS = Path(__file__).parents[2] / "contracts" / "openapi"
SERVICES = ("client", "ticket", "payment", "organizer")
METHODS = ("get", "post", "put", "patch", "delete")
PARAMETER = re.compile(r"\{[^{}]+\}")


@dataclass(frozen=True)
class Operation:
    """A method and path template of one service; `responses` maps a status, or `default`, to its answer."""

    service: str
    method: str
    template: str
    responses: Json = field(compare=False)

    def __str__(self) -> str:
        return f"{self.service} {self.method} {self.template}"

    @property
    def segments(self) -> list[str]:
        return _segments(self.template)

    def response(self, status: int) -> Json | None:
        """Returns the document's description of answers with this status; None if there is none."""
        found: Json | None = self.responses.get(str(status), self.responses.get("default"))
        return found


@cache
def document(service: str) -> Json:
    """Reads the OpenAPI document of a service."""
    found: Json = json.loads((DOCUMENTS / f"{service}.json").read_text(encoding="utf-8"))
    return found


@cache
def operations() -> tuple[Operation, ...]:
    """Returns every operation of every service."""
    return tuple(_operations())


def _operations() -> Iterator[Operation]:
    for service in SERVICES:
        for template, methods in document(service)["paths"].items():
            for method in METHODS:
                if method in methods:
                    yield Operation(service, method.upper(), template, methods[method]["responses"])


@cache
def operation_of(service: str, method: str, path: str) -> Operation | None:
    """Returns the operation that a request calls; None if no document lists it.

    In `path`, a segment with a Postman variable or a value matches a parameter of the template; a literal segment of
    the template matches only itself. If two templates match, the one with fewer parameters is called (`/users/me`).
    """
    segments = _segments(path.partition("?")[0])
    calls = [
        operation
        for operation in operations()
        if (operation.service, operation.method) == (service, method) and _matches(operation.segments, segments)
    ]
    return min(calls, key=lambda operation: len(PARAMETER.findall(operation.template)), default=None)


def _segments(path: str) -> list[str]:
    return path.strip("/").split("/")


def _matches(template: list[str], segments: list[str]) -> bool:
    return len(template) == len(segments) and all(
        PARAMETER.fullmatch(wanted) or wanted == given for wanted, given in zip(template, segments, strict=True)
    )
