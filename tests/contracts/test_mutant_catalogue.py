"""The list of mutants fits the code: each guard stands where the list says, and the test named for it exists.

`./dev test mutants` takes the guards out, one at a time.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.mutants.catalogue import Mutant, MutantError, mutants
from tests.mutants.summary import lines

REPOSITORY = Path(__file__).resolve().parents[2]
MUTANTS = mutants()
of_each = pytest.mark.parametrize("mutant", MUTANTS, ids=[mutant.name for mutant in MUTANTS])


@of_each
def test_a_guard_stands_where_the_list_says(mutant: Mutant) -> None:
    source = (REPOSITORY / mutant.file).read_text("utf-8")
    assert mutant.applied_to(source) != source


@of_each
def test_the_named_test_exists(mutant: Mutant) -> None:
    path, _, name = mutant.test.partition("::")
    assert f"def {name.partition('[')[0]}(" in (REPOSITORY / path).read_text("utf-8")


def test_a_guard_that_has_moved_is_reported() -> None:
    mutant = Mutant("kit.example", "an example", "a.py", (("if full:", "if False:"),), "tests/test_a.py::test_a")
    assert mutant.applied_to("if full:\n    refuse()\n") == "if False:\n    refuse()\n"
    for source in ("if empty:\n", "if full:\nif full:\n"):
        with pytest.raises(MutantError, match="not once"):
            mutant.applied_to(source)


def test_a_run_says_how_many_guards_of_each_file_were_taken_out_and_caught() -> None:
    test = "tests/mutants/test_mutants.py::test_without_the_guard_its_test_fails"
    others = {"tests/mutants/test_mutants.py::test_the_named_tests_pass_while_every_guard_is_there[.]": True}
    outcomes = {f"{test}[ticket.b]": True, f"{test}[client.a]": False, f"{test}[client.b]": True}
    assert list(lines(outcomes | others)) == [
        "client: 2 guards taken out, 1 caught",
        "ticket: 1 guards taken out, 1 caught",
        "all: 3 guards taken out, 2 caught",
    ]
    assert not list(lines(others))
