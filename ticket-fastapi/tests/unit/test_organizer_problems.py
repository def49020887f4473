"""The organizer simulator refuses with problems of the contract."""

import json
from pathlib import Path

import pytest
from organizer_simulator.domain.hold import HoldError
from organizer_simulator.http import problems
from organizer_simulator.http.problems import REFUSALS, Refusal

CONTRACT = json.loads((Path(__file__).parents[3] / "contracts" / "problems.json").read_text())["problems"]
ALL = [*REFUSALS.values(), *(value for value in vars(problems).values() if isinstance(value, Refusal))]


@pytest.mark.parametrize("refusal", ALL, ids=lambda refusal: refusal.problem.slug)
def test_a_refusal_is_in_the_contract_with_its_status_and_title(refusal: Refusal) -> None:
    agreed = CONTRACT[refusal.problem.slug]
    assert (refusal.problem.status, refusal.problem.title) == (agreed["status"], agreed["title"])


def test_every_error_of_the_domain_has_its_refusal() -> None:
    assert set(REFUSALS) == set(HoldError.__subclasses__())
