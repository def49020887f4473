"""What `./dev fuzz` has found: its figures, as a table and a JSON file."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rich.table import Table

from bench.report import out, store
from tests.contracts.files import CONTRACTS, read
from tests.fuzz.links import described

NAME = "fuzz"
SERVER_ERRORS = frozenset({"ST101", "ST102"})
"""Schemathesis's codes of an answer of 5xx, documented or not."""


@dataclass
class Found:
    """What became of the requests that were made up from one OpenAPI document.

    `violations` are the answers that the document does not allow; `not_sent` are what Schemathesis could not do;
    `links` are those of the document that were followed.
    """

    document: str
    cases: int = 0
    server_errors: int = 0
    violations: int = 0
    not_sent: int = 0
    links: frozenset[str] = frozenset()

    @classmethod
    def of_report(cls, document: str, report: Mapping[str, Any], links: frozenset[str]) -> Found:
        """Reads the JSON report of one run of Schemathesis."""
        found = cls(document, cases=report["test_cases"]["generated"], links=links)
        for failure in report["failures"]:
            if failure["code"] in SERVER_ERRORS:
                found.server_errors += failure["count"]
            else:
                found.violations += failure["count"]
        found.not_sent = sum(error["count"] for error in report["errors"])
        return found

    def add(self, other: Found) -> None:
        """Counts another run of the same document."""
        self.cases += other.cases
        self.server_errors += other.server_errors
        self.violations += other.violations
        self.not_sent += other.not_sent
        self.links |= other.links

    @property
    def is_wrong(self) -> bool:
        """Whether there is anything to mend."""
        return bool(self.server_errors or self.violations or self.not_sent)

    @property
    def operations(self) -> int:
        """How many operations the document describes."""
        paths = self._openapi["paths"]
        return sum("responses" in operation for operations in paths.values() for operation in operations.values())

    @property
    def all_links(self) -> int:
        """How many links the document describes."""
        return described(self._openapi)

    @property
    def _openapi(self) -> dict[str, Any]:
        return read(CONTRACTS / f"openapi/{self.document}.json")

    def __str__(self) -> str:
        return (
            f"{self.document}, {self.cases:,} cases, {len(self.links)} of {self.all_links} links, "
            f"{self.server_errors} answers of 5xx, "
            f"{self.violations} others that the document does not allow, {self.not_sent} errors"
        )


def show(found: Sequence[Found]) -> None:
    """Prints a table."""
    table = Table("document", "operations", "links followed", "cases", "5xx", "not as documented", "errors", title=NAME)
    for each in found:
        numbers = (each.server_errors, each.violations, each.not_sent)
        links = f"{len(each.links)} of {each.all_links}"
        table.add_row(each.document, str(each.operations), links, f"{each.cases:,}", *map(str, numbers))
    out.print(table)
    out.print(f"[bold]{sum(each.cases for each in found):,}[/] cases in all")


def keep(found: Sequence[Found], *, seeds: str, examples: int) -> Path:
    """Stores the figures where those of the benchmarks are; returns their file."""
    conditions = {
        "seeds": seeds,
        "examples_for_each_operation_and_round": examples,
        "cores": os.cpu_count(),
        "load_average": round(os.getloadavg()[0], 1),
    }
    rows = [
        {**asdict(each), "operations": each.operations, "links": len(each.links), "all_links": each.all_links}
        for each in found
    ]
    return store(NAME, {"name": NAME, "rows": rows, "conditions": conditions})
