"""Compares the collection with the operations of the OpenAPI documents.

`python -m postman.build.coverage` names every operation that the collection does not cover, and fails if there is any.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from postman.build.files import read_collection
from postman.build.openapi import Operation, operation_of, operations
from postman.build.scripts import BODY_TEST, STATUS_TEST

Json = dict[str, Any]

ADDRESS = re.compile(r"\{\{(\w+)_url\}\}/([^?]*)")
ASSERTED_STATUS = re.compile(rf'pm\.test\("{STATUS_TEST} (\d+)')
ASSERTED_BODY = f'pm.test("{BODY_TEST}'


@dataclass(frozen=True)
class Call:
    """The operation that a request of the collection calls, and what the request asserts."""

    operation: Operation
    asserts_success: bool
    """Whether a status below 300 is asserted; if several are allowed, the first one counts."""
    asserts_body: bool


def requests(items: list[Json], above: str = "") -> Iterator[tuple[str, Json]]:
    """Yields every request of a collection in order, with its place: `folder / folder / request`."""
    for item in items:
        place = f"{above} / {item['name']}" if above else item["name"]
        if "item" in item:
            yield from requests(item["item"], place)
        else:
            yield place, item


def calls(collection: Json) -> Iterator[Call]:
    """Returns every request that calls an operation of a document."""
    for _, item in requests(collection["item"]):
        operation = called_operation(item)
        if operation is not None:
            script = script_of(item)
            status = ASSERTED_STATUS.search(script)
            yield Call(operation, status is not None and int(status[1]) < 300, ASSERTED_BODY in script)


def called_operation(item: Json) -> Operation | None:
    """Returns the operation that a request calls; None if no document lists it."""
    url = item["request"]["url"]
    address = ADDRESS.match(url["raw"] if "raw" in url else "/".join([*url["host"], *url.get("path", [])]))
    return operation_of(address[1], item["request"]["method"], address[2]) if address else None


def script_of(item: Json) -> str:
    """Returns the script that runs after a request."""
    lines = [event["script"]["exec"] for event in item.get("event", []) if event["listen"] == "test"]
    return "\n".join(line for script in lines for line in script)


def uncovered(collection: Json) -> list[str]:
    """Returns a sentence for each operation that no request calls, or whose success or body no request asserts."""
    made = list(calls(collection))
    return [
        f"{operation}: {lack}"
        for operation in operations()
        if (lack := _lack([c for c in made if c.operation == operation]))
    ]


def _lack(made: Iterable[Call]) -> str | None:
    made = list(made)
    if not made:
        return "no request of the collection calls it"
    successes = [call for call in made if call.asserts_success]
    if not successes:
        return "no request asserts the status of its success"
    if not any(call.asserts_body for call in successes):
        return "no request asserts the schema of its answer"
    return None


def main() -> int:
    """Prints every operation that is not covered."""
    found = uncovered(read_collection())
    sys.stderr.writelines(f"{sentence}\n" for sentence in found)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
