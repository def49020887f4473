"""Our problems are those of the contract."""

from __future__ import annotations

import json
from pathlib import Path

from payments.http.problems import PROBLEM_OF_ERROR, PROBLEMS
from servicekit.errors import DomainError

CONTRACT = json.loads((Path(__file__).parents[3] / "contracts/problems.json").read_text())["problems"]


def test_every_problem_is_in_the_contract_with_its_status_and_title() -> None:
    ours = {slug: {"status": problem.status, "title": problem.title} for slug, problem in PROBLEMS.items()}
    assert ours == {slug: {key: CONTRACT[slug][key] for key in ("status", "title")} for slug in PROBLEMS}


def test_every_error_of_the_domain_has_a_problem() -> None:
    assert set(PROBLEM_OF_ERROR) == set(DomainError.__subclasses__())
    assert {problem.slug for problem in PROBLEM_OF_ERROR.values()} <= set(PROBLEMS)
