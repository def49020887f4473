"""What a run of the collection has shown, from Newman's report."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from postman.build.coverage import called_operation, requests
from postman.build.openapi import Operation, operations
from postman.build.scripts import BODY_TEST, STATUS_TEST

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class FolderResult:
    """How the requests of one folder went."""

    name: str
    requests: int
    assertions: int
    failed: int


@dataclass(frozen=True, slots=True)
class Run:
    """How a run went.

    `failures` are sentences. `covered` are the operations that were called with success, whose status and body were
    asserted, and that passed.
    """

    requests: int
    assertions: int
    failures: list[str]
    covered: frozenset[Operation]
    folders: list[FolderResult]
    seconds: float

    def counts(self) -> str:
        """How much was asked, and how many operations were called with success and asserted."""
        return (
            f"{self.requests} requests, {self.assertions} assertions, {len(self.covered)} of {len(operations())} "
            f"operations covered, {self.seconds:.0f} s"
        )


def read_report(report: Json) -> Run:
    """Newman's JSON report, understood."""
    run = report["run"]
    places = {item["id"]: place for place, item in requests(report["collection"]["item"])}
    executions = {execution["cursor"]["ref"]: execution for execution in run["executions"]}
    return Run(
        requests=run["stats"]["requests"]["total"],
        assertions=run["stats"]["assertions"]["total"],
        failures=[_sentence(failure, executions, places) for failure in run["failures"]],
        covered=frozenset(_covered(executions, report)),
        folders=_folders(executions, places),
        seconds=(run["timings"]["completed"] - run["timings"]["started"]) / 1000,
    )


def _sentence(failure: Json, executions: Json, places: dict[str, str]) -> str:
    """Where it failed and why; for a request without an answer, also what its skipped test says is to be done."""
    execution = executions.get(failure["cursor"]["ref"], {})
    item = failure.get("source") or execution.get("item", {})
    error = failure["error"]
    said = [error.get("test"), error["message"]]
    if "test" not in error:
        said += [test["assertion"] for test in execution.get("assertions", ()) if test["skipped"]]
    return ": ".join(filter(None, [places.get(item.get("id"), ""), *said]))


def _covered(executions: Json, report: Json) -> Iterator[Operation]:
    items = {item["id"]: item for _, item in requests(report["collection"]["item"])}
    for execution in executions.values():
        tests = execution.get("assertions", [])
        names = [test["assertion"] for test in tests]
        asserted = all(any(name.startswith(kind) for name in names) for kind in (STATUS_TEST, BODY_TEST))
        passed = asserted and not any("error" in test for test in tests)
        operation = called_operation(items[execution["item"]["id"]])
        if operation and passed and execution.get("response", {}).get("code", 500) < 400:
            yield operation


def _folders(executions: Json, places: dict[str, str]) -> list[FolderResult]:
    """By the uppermost two levels, in the order in which they ran."""
    found: dict[str, list[list[Json]]] = {}
    for execution in executions.values():
        name = " / ".join(places[execution["item"]["id"]].split(" / ")[:-1][:2])
        found.setdefault(name, []).append(execution.get("assertions", []))
    return [
        FolderResult(
            name,
            len(runs),
            sum(map(len, runs)),
            sum("error" in test for tests in runs for test in tests),
        )
        for name, runs in found.items()
    ]
