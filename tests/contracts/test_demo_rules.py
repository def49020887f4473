"""The demonstration names every rule of the checker in a sentence of its own."""

from __future__ import annotations

from demo.terminal.rules import SENTENCES
from tests.support.invariants import RULES


def test_every_rule_of_the_checker_has_its_own_sentence() -> None:
    assert set(SENTENCES) == set(RULES)
    assert len(set(SENTENCES.values())) == len(RULES)
    assert all(sentence.endswith(".") for sentence in SENTENCES.values())
