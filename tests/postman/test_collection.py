"""The Postman collection, run as a grader would run it: on a fresh stack, and then once more on the same one."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from postman.build.environments import environment, of_stack
from postman.build.folders.set_up import SETUP
from postman.build.openapi import operations
from tests.postman import newman
from tests.support.stack import RunningStack

NOWHERE = "http://127.0.0.1:9"
"""A port on which nothing listens."""

LONG = pytest.mark.long
pytestmark = pytest.mark.timeout(newman.RUN_SECONDS + newman.INSTALL_SECONDS)


@pytest.fixture(scope="module", autouse=True)
def _installed() -> None:
    newman.install()


def _environment(stack: RunningStack, **changed: str) -> dict[str, Any]:
    lines = {name.upper(): value for name, value in asdict(stack.environment).items()}
    values = {entry["key"]: entry["value"] for entry in of_stack(lines)["values"]}
    return environment("test", {**values, **changed})


@pytest.mark.parametrize("time", ["the first time", pytest.param("once more", marks=LONG)])
def test_every_request_of_the_collection_is_answered_as_described(
    stack: RunningStack, tmp_path: Path, time: str, capsys: pytest.CaptureFixture[str]
) -> None:
    run = newman.run(_environment(stack), tmp_path)
    with capsys.disabled():
        print(f"\n{time}: {run.counts()}")
    assert run.failures == []
    assert set(operations()) - run.covered == set()
    stack.check(deadline_seconds=120)


@LONG
def test_the_folder_of_the_assignment_can_be_run_alone(stack: RunningStack, tmp_path: Path) -> None:
    run = newman.run(_environment(stack), tmp_path, only=["1 The assignment, sentence by sentence"])
    assert run.failures == []
    assert run.assertions > 300


_WRONG_KEY = "does not accept the key: choose the environment"
_NO_ANSWER = f"No answer from {NOWHERE}: start the platform"


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"ticket_key": ""}, 'No value for ticket_key: choose the environment "Ticketing: compose"'),
        ({"ticket_key": "wrong"}, _WRONG_KEY),
        ({"client_url": NOWHERE}, _NO_ANSWER),
        pytest.param({"ticket_key": "", "payment_key": ""}, "No value for ticket_key, payment_key", marks=LONG),
        pytest.param({"payment_key": "wrong"}, _WRONG_KEY, marks=LONG),
        pytest.param({"organizer_key": "wrong"}, _WRONG_KEY, marks=LONG),
        pytest.param({"staff_password": "wrong"}, "refuses the staff login: choose the environment", marks=LONG),
        pytest.param({"ticket_url": NOWHERE}, _NO_ANSWER, marks=LONG),
    ],
)
def test_with_a_wrong_environment_the_run_stops_at_once_and_says_what_to_do(
    stack: RunningStack, tmp_path: Path, changed: dict[str, str], sentence: str
) -> None:
    run = newman.run(_environment(stack, **changed), tmp_path)
    assert len(run.failures) == 1
    assert sentence in run.failures[0]
    assert run.requests <= len(SETUP.items)


def test_without_an_environment_the_run_stops_at_once_and_says_what_to_do(tmp_path: Path) -> None:
    run = newman.run(environment("none", {}), tmp_path)
    assert len(run.failures) == 1
    assert 'No environment is chosen: choose the environment "Ticketing: compose"' in run.failures[0]
    assert run.requests == 0


@pytest.mark.parametrize(
    "folder",
    [
        "2 Beyond the assignment",
        pytest.param("3 Every operation, service by service", marks=LONG),
        pytest.param("Bad input", marks=LONG),
        pytest.param("Payment app", marks=LONG),
    ],
)
def test_a_folder_without_the_set_up_says_that_it_has_to_be_run_first(
    stack: RunningStack, tmp_path: Path, folder: str
) -> None:
    run = newman.run(_environment(stack), tmp_path, only=[folder])
    assert len(run.failures) == 1
    assert 'Run the folder "0 Set up" first, then this one' in run.failures[0]
    assert run.requests == 0


def test_a_folder_that_looks_at_another_ones_results_names_that_folder(stack: RunningStack, tmp_path: Path) -> None:
    run = newman.run(
        _environment(stack), tmp_path, only=["0 Set up", "Stores invoices persistently, successful or not"]
    )
    assert len(run.failures) == 1
    assert 'Run the folder "Processes payments asynchronously" first, then this one' in run.failures[0]
