"""The size of the collection: `python -m postman.build.figures` prints its figures as JSON, for documents."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict, dataclass

from postman.build.coverage import requests, script_of, uncovered
from postman.build.files import read_collection
from postman.build.openapi import operations


@dataclass(frozen=True)
class Figures:
    """`assertions` counts the assertions in the scripts; a run makes more of them, because some requests repeat.

    `operations` counts the operations of the four OpenAPI documents, `covered` those whose success is asserted.
    """

    requests: int
    assertions: int
    operations: int
    covered: int


def figures() -> Figures:
    """Counts the collection in the repository."""
    collection = read_collection()
    items = [item for _, item in requests(collection["item"])]
    every = len(operations())
    return Figures(
        requests=len(items),
        assertions=sum(script_of(item).count('pm.test("') for item in items),
        operations=every,
        covered=every - len(uncovered(collection)),
    )


if __name__ == "__main__":
    json.dump(asdict(figures()), sys.stdout)
    sys.stdout.write("\n")
