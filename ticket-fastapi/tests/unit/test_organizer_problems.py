"""The organizer simulator's refusals are those of the contract."""

import json
from pathlib import Path

import pytest
from organizer_simulator.domain.hold import HoldError
from organizer_simulator.http import problems
from organizer_simulator.http.problems import PROBLEMS, Problem

CONTRACT = json.loads((Path(__file__).parents[3] / "contracts" / "problems.json").read_text())["problems"]
ALL = [*PROBLEMS.values(), *(value for value in vars(problems).values() if isinstance(value, Problem))]


@pytest.mark.parametrize("problem", ALL, ids=lambda problem: problem.type)
def test_a_refusal_is_in_the_contract_with_its_status_and_title(problem: Problem) -> None:
    agreed = CONTRACT[problem.type]
    assert (problem.status, problem.title) == (agreed["status"], agreed["title"])


def test_every_error_of_the_domain_has_its_refusal() -> None:
    assert set(PROBLEMS) == set(HoldError.__subclasses__())
